import type { MlpEngine, MlpLayerSize, MlpLayerWeights, MlpShape } from './mlpEngine.js';
import { scalarActivations } from './scalarActivations.js';

const { fround } = Math;

/** y = x·kernel + bias for one row, in the same order and precision as the code of {@link denseFunction}. */
function dense(x: Float32Array, { kernel, bias }: MlpLayerWeights, size: MlpLayerSize, y: Float32Array): void {
  y.set(bias);
  for (let i = 0, at = 0; i < size.in; i++) {
    const value = x[i];
    for (let j = 0; j < size.out; j++) y[j] = fround(y[j] + fround(value * kernel[at++]));
  }
}

/** The same as the code of {@link layerNormFunction}, with sums in float64. */
function normalise(values: Float32Array, scale: Float32Array, offset: Float32Array): void {
  let mean = 0;
  for (const value of values) mean += value / values.length;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  const factor = 1 / Math.sqrt(variance + 1e-5);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) * factor * scale[i] + offset[i];
}

function apply(f: (x: number) => number, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
}

/** A perceptron in plain JavaScript. */
export function jsMlpEngine({ layers, activation, outputActivation, layerNorm }: MlpShape): MlpEngine {
  const values = [new Float32Array(layers[0].in), ...layers.map((layer) => new Float32Array(layer.out))];
  const weights = layers.map((layer) => ({ kernel: new Float32Array(layer.in * layer.out), bias: new Float32Array(layer.out), scale: new Float32Array(layer.out), offset: new Float32Array(layer.out) }));
  const functions = layers.map((_, i) => scalarActivations[i === layers.length - 1 ? outputActivation : activation]);
  return {
    setWeights(given) {
      weights.forEach(({ kernel, bias, scale, offset }, i) => {
        kernel.set(given[i].kernel);
        bias.set(given[i].bias);
        scale.set(given[i].scale ?? []);
        offset.set(given[i].offset ?? []);
      });
    },
    run(input, rows, output) {
      const [first] = values;
      const last = values[layers.length];
      for (let row = 0; row < rows; row++) {
        first.set(input.subarray(row * first.length, (row + 1) * first.length));
        for (let i = 0; i < layers.length; i++) {
          dense(values[i], weights[i], layers[i], values[i + 1]);
          if (layerNorm && i < layers.length - 1) normalise(values[i + 1], weights[i].scale, weights[i].offset);
          apply(functions[i], values[i + 1]);
        }
        output.set(last, row * last.length);
      }
    },
  };
}
