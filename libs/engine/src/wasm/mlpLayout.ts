import type { DenseLayer } from './denseFunction.js';
import type { MlpLayerSize, MlpShape } from './mlpEngine.js';
import { panelColumns } from './panelColumns.js';

const LINE_BYTES = 64;

/** A layer with the addresses of its input and its output in bytes. */
export interface PlacedLayer extends DenseLayer, MlpLayerSize {
  readonly x: number;
  readonly y: number;
  /** Where the scales and then the offsets of a normalised layer lie, each padded to whole panels. */
  readonly norm: number | undefined;
}

/**
 * Where everything lies in the memory of a perceptron that takes up to `maxRows` rows at once: the weights of each layer and those of its normalisation, the input
 * [maxRows, in], and two buffers between which the layers alternate, with rows padded to whole panels. `bytes` is the size of all.
 */
export function mlpLayout({ layers, layerNorm }: Pick<MlpShape, 'layers' | 'layerNorm'>, maxRows: number): { readonly placed: readonly PlacedLayer[]; readonly bytes: number } {
  let end = 0;
  const take = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
    return start;
  };
  const panels = layers.map((layer) => Math.ceil(layer.out / panelColumns));
  const strides = [4 * layers[0].in, ...panels.map((count) => 4 * panelColumns * count)];
  const w = layers.map((layer, i) => take(strides[i + 1] * (layer.in + 1)));
  const norms = layers.map((_, i) => (layerNorm && i < layers.length - 1 ? take(2 * strides[i + 1]) : undefined));
  const input = take(maxRows * strides[0]);
  const widest = maxRows * Math.max(...strides.slice(1));
  const buffers = [take(widest), take(widest)];
  const placed = layers.map((layer, i) => ({
    in: layer.in,
    out: layer.out,
    panels: panels[i],
    w: w[i],
    strideX: strides[i],
    x: i === 0 ? input : buffers[(i - 1) & 1],
    y: buffers[i & 1],
    norm: norms[i],
  }));
  return { placed, bytes: end };
}
