// Acting: a policy's perceptron on few rows, from a Float32Array to a Float32Array.
import { chooseBackend, Rng, tf, wasmMlp } from '@rivulet/engine';

const LOCOMOTION = [17, 256, 256, 12];
const CART_POLE = [4, 64, 64, 2];

const layersOf = (sizes) => sizes.slice(1).map((out, i) => ({ in: sizes[i], out }));

function weightsOf(sizes) {
  const rng = Rng.fromSeed(1);
  return layersOf(sizes).map((layer) => ({
    kernel: rng.fillNormal(new Float32Array(layer.in * layer.out)).map((x) => x / Math.sqrt(layer.in)),
    bias: rng.fillNormal(new Float32Array(layer.out)),
  }));
}

const inputOf = (sizes, rows) => Rng.fromSeed(2).fillNormal(new Float32Array(rows * sizes[0]));

function fast(sizes, rows, activation, engine) {
  const net = wasmMlp({ layers: layersOf(sizes), activation, engine });
  net.setWeights(weightsOf(sizes));
  const input = inputOf(sizes, rows);
  return { call: () => void net.run(input), close: () => net.dispose() };
}

/** The same by tensors, one operation after another. */
async function eager(sizes, rows, activation, backend) {
  await chooseBackend({ backend });
  const layers = layersOf(sizes);
  const weights = weightsOf(sizes).map(({ kernel, bias }, i) => ({ kernel: tf.tensor2d(kernel, [layers[i].in, layers[i].out]), bias: tf.tensor1d(bias) }));
  const input = inputOf(sizes, rows);
  const forward = () =>
    weights.reduce((x, { kernel, bias }, i) => {
      const sums = x.matMul(kernel).add(bias);
      return i < weights.length - 1 ? tf[activation](sums) : sums;
    }, tf.tensor2d(input, [rows, sizes[0]]));
  return {
    call: () => void tf.tidy(() => forward().dataSync()),
    close: () => tf.dispose(weights),
  };
}

const about = (sizes, rows, activation, how) => `${sizes.join('-')}, ${activation}, ${rows} ${rows === 1 ? 'row' : 'rows'}, ${how}`;

const ours = (name, sizes, rows, activation) => ({
  name,
  about: about(sizes, rows, activation, 'WebAssembly SIMD'),
  setup: () => fast(sizes, rows, activation, 'wasm'),
});

const plain = (name, sizes, rows, activation) => ({
  name,
  about: about(sizes, rows, activation, 'plain JavaScript, where there is no SIMD'),
  setup: () => fast(sizes, rows, activation, 'js'),
});

const tensors = (name, sizes, rows, activation, backend) => ({
  name,
  about: about(sizes, rows, activation, `tensors on the backend ${backend}`),
  setup: () => eager(sizes, rows, activation, backend),
});

export const benchmarks = [
  ours('act-1', LOCOMOTION, 1, 'tanh'),
  ours('act-16', LOCOMOTION, 16, 'tanh'),
  ours('act-1-relu', LOCOMOTION, 1, 'relu'),
  ours('act-16-relu', LOCOMOTION, 16, 'relu'),
  ours('act-1-small', CART_POLE, 1, 'tanh'),
  ours('act-16-small', CART_POLE, 16, 'tanh'),
  plain('act-1-js', LOCOMOTION, 1, 'tanh'),
  plain('act-16-js', LOCOMOTION, 16, 'tanh'),
  tensors('act-1-tfjs-wasm', LOCOMOTION, 1, 'tanh', 'wasm'),
  tensors('act-16-tfjs-wasm', LOCOMOTION, 16, 'tanh', 'wasm'),
  tensors('act-1-tfjs-cpu', LOCOMOTION, 1, 'tanh', 'cpu'),
  tensors('act-16-tfjs-cpu', LOCOMOTION, 16, 'tanh', 'cpu'),
];
