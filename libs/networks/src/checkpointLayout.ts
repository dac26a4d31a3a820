import type { TransformerForm } from './transformerForm.js';
import type { TransformerOptions } from './transformerOptions.js';

/** What a config.json holds. */
export type CheckpointConfig = { readonly [key: string]: unknown };

/** One tensor of a checkpoint, and the parameters that it holds. */
export interface CheckpointTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of our parameters, `layers/0/attention/query/kernel`; several stand side by side along the last axis, in equal parts. */
  readonly paths: readonly string[];
  /** Whether the checkpoint keeps [out, in] where we keep [in, out]. */
  readonly transposed: boolean;
}

/** How a family of models is stored: the names and shapes of the published checkpoints. */
export interface CheckpointLayout {
  /** Before all names but the head's. Checkpoints of the body alone lack it. */
  readonly prefix: string;
  /** Names of buffers that hold nothing learned. */
  readonly ignored: RegExp;
  /** @throws where the config asks for what {@link causalTransformer} has not. */
  options(config: CheckpointConfig): TransformerOptions;
  /** @throws where the form is not one of this family. */
  config(form: TransformerForm): CheckpointConfig;
  tensors(form: TransformerForm, prefix: string): readonly CheckpointTensor[];
}
