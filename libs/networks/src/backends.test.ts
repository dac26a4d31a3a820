import { type BackendName, chooseBackend, Rng, tf, treeFrom, treeTensors } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import {
  bernoulli, categorical, categoricalPolicy, conditionedPolicy, conv2d, deterministicPolicy, type Distribution, embedding, gaussian, gaussianPolicy, layerNorm, linear, mixture, mlp, type Module, multiDiscrete, multiDiscretePolicy, natureCnn, parallel,
  qEnsemble, qNetwork, recurrentEncoder, reduceEnsemble, rmsNorm, sequential, tanhGaussian, valueNet,
} from './index.js';

/** Numbers of a computation that makes all its tensors itself, so that it can run on any backend. */
type Computation = () => readonly tf.Tensor[];

async function on(backend: BackendName, compute: Computation): Promise<number[][]> {
  await chooseBackend({ backend });
  return tf.tidy(() => compute().map((tensor) => Array.from(tensor.dataSync())));
}

/** Forward values and the gradients of Σ y·cos(index) for all parameters. */
function forwardAndGradients<In, Out>(module: Module<In, Out>, input: () => In, view: (output: Out) => tf.Tensor = (output) => output as unknown as tf.Tensor): Computation {
  return () => {
    const parameters = module.init(Rng.fromSeed(1));
    const given = input();
    const forward = (...tensors: tf.Tensor[]): tf.Tensor => view(module.apply(treeFrom(parameters, tensors), given));
    const loss = (...tensors: tf.Tensor[]): tf.Tensor => {
      const y = forward(...tensors).flatten();
      return y.mul(tf.cos(tf.range(0, y.size))).sum();
    };
    const tensors = treeTensors(parameters);
    return [forward(...tensors), ...tf.grads(loss)(tensors)];
  };
}

const x = (): tf.Tensor => Rng.fromSeed(2).normal([4, 3]);
const sequence = (): tf.Tensor => Rng.fromSeed(2).normal([2, 5, 3]);
const pair = () => ({ observation: x(), action: Rng.fromSeed(3).normal([4, 2]) });
const body = (out: number, input = 3) => mlp({ in: input, hidden: [6, 5], out, activation: 'tanh' });

const modules: [string, Computation][] = [
  ['linear', forwardAndGradients(linear({ in: 3, out: 2 }), x)],
  ['linear on sequences', forwardAndGradients(linear({ in: 3, out: 2 }), sequence)],
  ...(['relu', 'leakyRelu', 'tanh', 'elu', 'silu', 'gelu', 'softplus', 'sigmoid', 'identity'] as const).map((activation): [string, Computation] => [`mlp with ${activation}`, forwardAndGradients(mlp({ in: 3, hidden: [6], out: 2, activation }), x)]),
  ['mlp with layerNorm', forwardAndGradients(mlp({ in: 3, hidden: [6, 5], out: 2, layerNorm: true, activation: 'silu' }), x)],
  ['mlp with members', forwardAndGradients(mlp({ in: 3, hidden: [6], out: 2, members: 3 }), x)],
  ['layerNorm', forwardAndGradients(layerNorm(3), x)],
  ['rmsNorm', forwardAndGradients(rmsNorm(3), x)],
  ['embedding', forwardAndGradients(embedding({ count: 5, dim: 3 }), () => tf.tensor2d([[1, 4], [4, 0]], [2, 2], 'int32'))],
  ['sequential and parallel', forwardAndGradients(sequential(linear({ in: 3, out: 4 }), parallel(linear({ in: 4, out: 1 }), linear({ in: 4, out: 2 }))), x)],
  ['recurrentEncoder gru', forwardAndGradients(recurrentEncoder({ in: 3, hidden: 4 }), () => ({ input: sequence(), reset: tf.tensor2d([[0, 0, 1, 0, 0], [1, 0, 0, 0, 1]]) }), (y) => y.output)],
  ['recurrentEncoder lstm', forwardAndGradients(recurrentEncoder({ in: 3, hidden: 4, cell: 'lstm' }), () => ({ input: sequence() }), (y) => y.state)],
  ['categoricalPolicy', forwardAndGradients(categoricalPolicy({ body: body(3) }), x, (p) => p.entropy().add(p.logProb(tf.tensor1d([0, 2, 1, 1], 'int32'))))],
  ['categoricalPolicy with a mask', forwardAndGradients(categoricalPolicy({ body: body(3) }), () => ({ observation: x(), mask: tf.tensor2d([1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0], [4, 3]) }), (p) => p.entropy().add(p.logProb(tf.tensor1d([0, 2, 1, 1], 'int32'))))],
  ['multiDiscretePolicy', forwardAndGradients(multiDiscretePolicy({ body: body(5), nvec: [2, 3] }), x, (p) => p.logProb(tf.tensor2d([0, 1, 1, 2, 0, 0, 1, 1], [4, 2], 'int32')))],
  ...(['none', 'tanh'] as const).flatMap((squash) => (['state', 'free', 'fixed'] as const).map((std): [string, Computation] => [
    `gaussianPolicy, ${squash}, ${std}`,
    forwardAndGradients(gaussianPolicy({ body: body(std === 'state' ? 4 : 2), dim: 2, squash, std }), x, (p) => p.logProb(tf.tanh(Rng.fromSeed(5).normal([4, 2])))),
  ])),
  ['gaussianPolicy, sampled', forwardAndGradients(gaussianPolicy({ body: body(4), dim: 2, squash: 'tanh', std: 'state' }), x, (p) => {
    const { sample, logProb } = p.sampleWithLogProb(Rng.fromSeed(5).normal([4, 2]));
    return tf.concat([sample, logProb.expandDims(1)], 1);
  })],
  ['deterministicPolicy', forwardAndGradients(deterministicPolicy({ body: body(2), dim: 2 }), x, (p) => p.value)],
  ['conditionedPolicy', forwardAndGradients(conditionedPolicy(valueNet({ body: body(1, 5) }), { context: 'goal', dim: 2 }), () => ({ observation: sequence(), context: tf.tensor2d([[1, 2], [3, 4]]) }))],
  ['valueNet', forwardAndGradients(valueNet({ body: body(1), output: 'sigmoid' }), x)],
  ['qNetwork, dueling', forwardAndGradients(qNetwork({ body: body(4), actions: 3, dueling: true }), x)],
  ['qNetwork of actions', forwardAndGradients(qNetwork({ body: body(1, 5), actionDim: 2 }), pair)],
  ...(['min', 'mean', 'subset', 'quantile'] as const).map((how): [string, Computation] => [
    `qEnsemble reduced by ${how}`,
    forwardAndGradients(qEnsemble(qNetwork({ body: body(1, 5), actionDim: 2 }), 3), pair, (q) => reduceEnsemble(q, how, { mask: tf.tensor1d([1, 0, 1]), level: 0.4 })),
  ]),
];

function allOf(build: () => Distribution, closed: { entropy?: boolean; kl?: boolean } = {}): Computation {
  return () => {
    const p = build();
    const noise = p.noise(Rng.fromSeed(1));
    const { sample, logProb } = p.sampleWithLogProb(noise);
    const rest = [...(closed.entropy === false ? [] : [p.entropy()]), ...(closed.kl === false ? [] : [p.kl(build())])];
    return [sample, logProb, p.sample(noise), p.logProb(sample), p.mode(), ...rest];
  };
}

const logits = (): tf.Tensor => Rng.fromSeed(7).normal([6, 4]);
const std = (): tf.Tensor => Rng.fromSeed(8).uniform([6, 4], 0.2, 0.7);

const distributions: [string, Computation][] = [
  ['categorical', allOf(() => categorical(logits()))],
  ['multiDiscrete', allOf(() => multiDiscrete(logits(), [3, 1]))],
  ['gaussian', allOf(() => gaussian(logits(), std()))],
  ['tanhGaussian', allOf(() => tanhGaussian(logits().mul(0.3), std()), { entropy: false })],
  ['bernoulli', allOf(() => bernoulli(logits()))],
  ['mixture', allOf(() => mixture(logits(), [0, 1, 2, 3].map((k) => gaussian(logits().add(k), std()))), { entropy: false, kl: false })],
];

const convolutions: [string, Computation][] = [
  ['conv2d', forwardAndGradients(conv2d({ in: 2, out: 3, kernelSize: 3, stride: 2, padding: 'same' }), () => Rng.fromSeed(2).normal([2, 5, 5, 2]))],
];

describe('cpu and wasm agree on', () => {
  it.each([...modules, ...convolutions, ...distributions])('%s', async (_name, compute) => {
    const cpu = await on('cpu', compute);
    const wasm = await on('wasm', compute);
    expect(wasm.length).toBe(cpu.length);
    cpu.forEach((values, i) => {
      expect(wasm[i].length).toBe(values.length);
      values.forEach((value, j) => expect(Math.abs(wasm[i][j] - value)).toBeLessThan(1e-5 * (1 + Math.abs(value))));
    });
  });

  it('the forward pass of natureCnn', async () => {
    const compute: Computation = () => {
      const module = natureCnn({ height: 36, width: 36, channels: 1, out: 8 });
      return [module.apply(module.init(Rng.fromSeed(1)), Rng.fromSeed(2).uniform([1, 36, 36, 1], 0, 255))];
    };
    const [[cpu], [wasm]] = [await on('cpu', compute), await on('wasm', compute)];
    cpu.forEach((value, j) => expect(Math.abs(wasm[j] - value)).toBeLessThan(1e-5 * (1 + Math.abs(value))));
  });
});
