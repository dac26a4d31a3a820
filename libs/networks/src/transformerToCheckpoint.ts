import { fromTensor, type NdArray, tf, treeLeaves } from '@rivulet/engine';
import type { TransformerParameters } from './causalTransformer.js';
import type { CheckpointConfig } from './checkpointLayout.js';
import { type CheckpointArchitecture, checkpointLayouts } from './checkpointLayouts.js';
import { transformerForm } from './transformerForm.js';
import type { TransformerOptions } from './transformerOptions.js';

/** What belongs into a model's folder: config.json, and the arrays and metadata of model.safetensors. */
export interface TransformerCheckpoint {
  readonly config: CheckpointConfig;
  readonly arrays: { readonly [name: string]: NdArray };
  readonly metadata: { readonly format: 'pt' };
}

/**
 * Parameters of a {@link causalTransformer} in the Hugging Face format of an architecture, float32: the inverse of {@link transformerFromCheckpoint}, for `encodeSafetensors`. The config
 * holds the form of the model; whoever writes it adds the ids of special tokens.
 *
 * @throws when the form is none of that architecture, or the parameters are not of the form, naming the path. Low-rank factors are not stored: merge them first.
 */
export async function transformerToCheckpoint(model: {
  readonly architecture: CheckpointArchitecture;
  readonly options: TransformerOptions;
  readonly parameters: TransformerParameters;
}): Promise<TransformerCheckpoint> {
  const form = transformerForm(model.options);
  const layout = checkpointLayouts[model.architecture];
  const config = layout.config(form);
  const tensors = layout.tensors(form, layout.prefix);
  const leaves = new Map(treeLeaves(model.parameters).map(({ path, tensor }) => [path, tensor]));
  const stored = new Set(tensors.flatMap(({ paths }) => paths));
  const extra = [...leaves.keys()].find((path) => !stored.has(path));
  if (extra !== undefined) throw new Error(`transformerToCheckpoint: ${model.architecture} has no place for the parameter '${extra}'`);

  const arrays: { [name: string]: NdArray } = {};
  for (const { name, shape, paths, transposed } of tensors) {
    const parts = paths.map((path) => {
      const leaf = leaves.get(path);
      if (leaf === undefined) throw new Error(`transformerToCheckpoint: the parameters have no '${path}'`);
      return leaf;
    });
    const whole = tf.tidy(() => {
      const joined = parts.length === 1 ? parts[0].clone() : tf.concat(parts, -1);
      return transposed ? joined.transpose() : joined;
    });
    if (whole.shape.join() !== shape.join()) throw new Error(`transformerToCheckpoint: '${paths[0]}' makes '${name}' [${whole.shape.join(', ')}]; by the options it should be [${shape.join(', ')}]`);
    arrays[name] = await fromTensor(whole);
    whole.dispose();
  }
  return { config, arrays, metadata: { format: 'pt' } };
}
