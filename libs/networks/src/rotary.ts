import { tf } from '@rivulet/engine';

/** cos and sin of the angles by which pairs turn, [..., T, 1, headDim/2]: one for each token, the same for all heads. */
export interface Angles {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

/** Rotary position embeddings for heads of one width. */
export interface Rotary {
  /**
   * The angles of tokens at positions [B, T] below `length`, or without positions those of 0 .. length-1. Angles are computed on the host in float64,
   * and become constants of a compiled graph.
   */
  angles(length: number, positions?: tf.Tensor): Angles;
  /** Turns heads [B, T, H, headDim]: with the halves a and b of a head, (a·cos - b·sin, b·cos + a·sin). */
  turn(heads: tf.Tensor, angles: Angles): tf.Tensor;
}

interface Known {
  readonly length: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

function table(length: number, pairs: number, theta: number, f: (angle: number) => number): Float32Array {
  return Float32Array.from({ length: length * pairs }, (_, i) => f(Math.floor(i / pairs) * theta ** (-(i % pairs) / pairs)));
}

/**
 * Rotary positions: pair i = (xᵢ, xᵢ₊d/₂) of a head of width d turns by position·θ^(-2i/d), so that a product of query and key depends on the distance of
 * their positions only. The pairing is that of Llama's and Qwen2's published weights (halves, not neighbours).
 *
 * Source: Su et al., "RoFormer: enhanced transformer with rotary position embedding" (2021), eq. 15, in the order of GPT-NeoX.
 */
export function rotary(options: { readonly headDim: number; readonly theta: number }): Rotary {
  const { headDim, theta } = options;
  const pairs = headDim / 2;
  let known: Known = { length: 0, cos: new Float32Array(0), sin: new Float32Array(0) };
  const knownTo = (length: number): Known => {
    if (known.length < length) known = { length, cos: table(length, pairs, theta, Math.cos), sin: table(length, pairs, theta, Math.sin) };
    return known;
  };
  return {
    angles: (length, positions) => {
      const { cos, sin } = knownTo(length);
      const of = (all: Float32Array): tf.Tensor => {
        const rows = tf.tensor2d(all.subarray(0, length * pairs), [length, pairs]);
        return positions === undefined ? rows.expandDims(1) : tf.gather(rows, positions).expandDims(2);
      };
      return { cos: of(cos), sin: of(sin) };
    },
    turn: (heads, { cos, sin }) => {
      const [a, b] = tf.split(heads, 2, -1);
      return tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], -1);
    },
  };
}
