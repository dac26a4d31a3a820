import { disposeTree, Rng, tf, type Tree, treeFrom, treeLeaves, treeTensors } from '@rivulet/engine';
import { checkGradients, type CheckGradientsOptions } from './checkGradients.js';
import type { Module } from './module.js';

export interface CheckModuleOptions<Out> extends CheckGradientsOptions {
  /** A tensor that depends on the whole output, for instance a distribution's log-probability. Default: the output itself. */
  readonly view?: (output: Out) => tf.Tensor;
  /** Default: true. Off for modules that no backend at hand can differentiate. */
  readonly gradients?: boolean;
}

/** Σ y·cos(index): unlike a plain sum it does not hide symmetric errors. */
function mixed(y: tf.Tensor): tf.Tensor {
  return y.flatten().mul(tf.cos(tf.range(0, y.size))).sum();
}

async function bitsOf(tree: Tree): Promise<string> {
  const values = await Promise.all(treeTensors(tree).map((tensor) => tensor.data()));
  return values.map((data) => Array.from(data).join()).join(';');
}

function fail(what: string): never {
  throw new Error(`checkModule: ${what}`);
}

/**
 * The contract of a {@link Module}, checked on the current backend: the same seed gives the same
 * parameters, as many tensors as leaves, float32 and finite; `apply` repeats bit for bit, gives finite
 * numbers, leaks no tensor and frees none of its arguments; gradients agree with central differences leaf by leaf.
 * @throws with one line that says what does not hold.
 */
export async function checkModule<In, Out, P extends Tree>(module: Module<In, Out, P>, input: In, options: CheckModuleOptions<Out> = {}): Promise<void> {
  const { view = (output: Out) => output as unknown as tf.Tensor } = options;
  const before = tf.memory().numTensors;
  const parameters = module.init(Rng.fromSeed(1));
  const leaves = treeLeaves(parameters);
  if (tf.memory().numTensors - before !== leaves.length) fail(`init made ${tf.memory().numTensors - before} tensors for ${leaves.length} leaves`);
  const again = module.init(Rng.fromSeed(1));
  if ((await bitsOf(parameters)) !== (await bitsOf(again))) fail('init gives other parameters for the same seed');
  disposeTree(again);
  for (const { path, tensor } of leaves) {
    if (tensor.dtype !== 'float32') fail(`the parameter '${path}' should be float32, is ${tensor.dtype}`);
    if (!(await tensor.data()).every(Number.isFinite)) fail(`the parameter '${path}' is not finite`);
  }

  const evaluate = (tree: P): tf.Tensor => tf.tidy(() => view(module.apply(tree, input)));
  const first = evaluate(parameters);
  const held = tf.memory().numTensors;
  const second = evaluate(parameters);
  if (tf.memory().numTensors !== held + 1) fail(`apply leaks ${tf.memory().numTensors - held - 1} tensors a call`);
  if ((await bitsOf(first)) !== (await bitsOf(second))) fail('apply gives another output for the same input');
  if (!(await first.data()).every(Number.isFinite)) fail('the output is not finite');
  tf.dispose([first, second]);
  const freed = leaves.find(({ tensor }) => tensor.isDisposed);
  if (freed !== undefined) fail(`apply freed the parameter '${freed.path}'`);

  if (options.gradients !== false) {
    const loss = (...tensors: tf.Tensor[]): tf.Tensor => mixed(view(module.apply(treeFrom(parameters, tensors), input)));
    const names = leaves.map((leaf) => leaf.path).join(', ');
    await checkGradients(loss, treeTensors(parameters), options).catch((error: Error) => fail(`${error.message}; the arguments are ${names}`));
  }
  disposeTree(parameters);
  if (tf.memory().numTensors !== before) fail(`${tf.memory().numTensors - before} tensors are left over`);
}
