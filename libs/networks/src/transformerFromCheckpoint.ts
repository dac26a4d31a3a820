import { type NdArray, tf, toTensor } from '@rivulet/engine';
import type { TransformerParameters } from './causalTransformer.js';
import type { CheckpointConfig, CheckpointTensor } from './checkpointLayout.js';
import { type CheckpointArchitecture, checkpointLayouts } from './checkpointLayouts.js';
import { transformerForm } from './transformerForm.js';
import type { TransformerOptions } from './transformerOptions.js';
import { treeOfPaths } from './treeOfPaths.js';

type Arrays = { readonly [name: string]: NdArray };

function fail(what: string): never {
  throw new Error(`transformerFromCheckpoint: ${what}`);
}

function check({ name, shape }: CheckpointTensor, array: NdArray | undefined): void {
  if (array === undefined) return fail(`the checkpoint has no tensor '${name}' [${shape.join(', ')}]`);
  if (array.shape.join() !== shape.join()) fail(`'${name}' has the shape [${array.shape.join(', ')}]; by the config it should be [${shape.join(', ')}]`);
  if (array.dtype !== 'float32' && array.dtype !== 'float64') fail(`'${name}' is ${array.dtype}, not float32`);
}

/** The parameters that a tensor holds, one tensor a path. */
function parametersIn({ paths, transposed }: CheckpointTensor, array: NdArray): [string, tf.Tensor][] {
  const parts = tf.tidy(() => {
    const whole = transposed ? tf.transpose(toTensor(array)) : toTensor(array);
    return paths.length === 1 ? [whole] : tf.split(whole, paths.length, -1);
  });
  return paths.map((path, i) => [path, parts[i]]);
}

/**
 * A published language model as options and parameters of {@link causalTransformer}: GPT-2, Llama, Qwen2 and Qwen2.5, by the `model_type` of the config.
 *
 *     const { arrays } = decodeSafetensors(await readFile('model.safetensors'));
 *     const { options, parameters } = transformerFromCheckpoint({ config: JSON.parse(await readFile('config.json', 'utf8')), arrays });
 *     const model = causalTransformer(options);
 *
 * Names, shapes and config keys are those of the Hugging Face format. Several files of one model: give their arrays together. The tensors may share memory with the arrays.
 *
 * @throws when the architecture is another one, or the config asks for something that is not supported (scaled rotary positions, sliding windows); when a tensor is missing,
 * superfluous, or of another shape or type, naming it.
 */
export function transformerFromCheckpoint(checkpoint: { readonly config: CheckpointConfig; readonly arrays: Arrays }): { readonly options: TransformerOptions; readonly parameters: TransformerParameters } {
  const { config, arrays } = checkpoint;
  const architecture = config['model_type'];
  if (!Object.keys(checkpointLayouts).includes(String(architecture))) {
    fail(`model_type of the config is ${JSON.stringify(architecture)}; known are ${Object.keys(checkpointLayouts).join(', ')}`);
  }
  const layout = checkpointLayouts[architecture as CheckpointArchitecture];
  const options = layout.options(config);
  const form = transformerForm(options);
  const [bare] = layout.tensors(form, '');
  const tensors = layout.tensors(form, bare.name in arrays ? '' : layout.prefix);
  for (const tensor of tensors) check(tensor, arrays[tensor.name]);
  const known = new Set(tensors.map(({ name }) => name));
  // A tied model may store its table twice.
  const extra = Object.keys(arrays).find((name) => !known.has(name) && !layout.ignored.test(name) && !(form.tied && name === 'lm_head.weight'));
  if (extra !== undefined) fail(`the checkpoint has a tensor '${extra}' that a ${String(architecture)} model of this config has not`);
  return { options, parameters: treeOfPaths(tensors.flatMap((tensor) => parametersIn(tensor, arrays[tensor.name]))) as TransformerParameters };
}
