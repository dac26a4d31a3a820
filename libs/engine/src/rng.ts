import { sizeOf } from './ndarray.js';
import { tf } from './tf.js';
import { threefry2x32 } from './threefry.js';

/** All that an {@link Rng} is: two key words and the number of 32-bit words drawn so far. Plain JSON. */
export interface RngState {
  readonly key: readonly [number, number];
  readonly position: number;
}

const TWO_POW_32 = 2 ** 32;
const TWO_POW_NEG_32 = 2 ** -32;
// The top bits of the counter separate drawing, splitting and folding in, so that their outputs never coincide.
const SPLIT_DOMAIN = 0x80000000;
const FOLD_DOMAIN = 0x40000000;

/** FNV-1a over UTF-16 units, or its like with another multiplier. */
function hash32(text: string, multiplier: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), multiplier);
  return hash >>> 0;
}

/** Names of streams as 32 + 30 bits; the lowest of the 30 tells texts from numbers. 32 alone collide for English words. */
function nameWords(name: number | string): [number, number] {
  if (typeof name === 'string') return [hash32(name, 0x01000193), ((hash32(name, 0x85ebca6b) >>> 3) << 1) | 1];
  if (!Number.isSafeInteger(name) || name < 0) throw new Error(`Rng.foldIn: the name must be a text or a non-negative integer, got ${name}`);
  return [name >>> 0, (Math.floor(name / TWO_POW_32) << 1) >>> 0];
}

/** The largest float32 below a number. */
function float32Below(bound: number): number {
  const value = Float32Array.of(bound);
  if (value[0] < bound) return value[0];
  const bits = new Int32Array(value.buffer);
  if (value[0] === 0) return -(2 ** -149);
  bits[0] += value[0] > 0 ? -1 : 1;
  return value[0];
}

/**
 * A counter-based random stream (Threefry-2x32): the n-th word is a pure function of key and position, so that a
 * stream is stored as three numbers, resumed exactly, and split into independent streams.
 * Streams are always passed explicitly; nothing here reads a clock or global state.
 */
export class Rng {
  readonly #key: readonly [number, number];
  #position: number;
  readonly #block = new Uint32Array(2);
  #blockIndex = -1;

  protected constructor(state: RngState) {
    this.#key = [state.key[0] >>> 0, state.key[1] >>> 0];
    this.#position = state.position;
  }

  /**
   * The stream of a seed.
   * @throws when the seed is not an integer in [0, 2^53).
   */
  static fromSeed(seed: number): Rng {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`Rng.fromSeed: the seed must be a non-negative integer, got ${seed}`);
    return new Rng({ key: [Math.floor(seed / TWO_POW_32), seed >>> 0], position: 0 });
  }

  /**
   * The stream that continues where `state()` was taken.
   * @throws when the state is not two key words and a position.
   */
  static fromState(state: RngState): Rng {
    const { key, position } = state;
    const wordOk = (word: number): boolean => Number.isInteger(word) && word >= -TWO_POW_32 / 2 && word < TWO_POW_32;
    if (key.length !== 2 || !key.every(wordOk) || !Number.isSafeInteger(position) || position < 0) {
      throw new Error(`Rng.fromState: the state must be two 32-bit key words and a non-negative position, got ${JSON.stringify(state)}`);
    }
    return new Rng(state);
  }

  state(): RngState {
    return { key: [this.#key[0], this.#key[1]], position: this.#position };
  }

  /**
   * `n` independent streams; a second call gives others.
   * @throws when n is not a non-negative integer.
   */
  split(n: number): Rng[] {
    if (!Number.isSafeInteger(n) || n < 0) throw new Error(`Rng.split: n must be a non-negative integer, got ${n}`);
    const out = new Uint32Array(2);
    const first = Math.ceil(this.#position / 2);
    this.#position = 2 * (first + n);
    return Array.from({ length: n }, (_, i) => {
      const counter = first + i;
      threefry2x32(this.#key[0], this.#key[1], counter >>> 0, (SPLIT_DOMAIN | Math.floor(counter / TWO_POW_32)) >>> 0, out);
      return new Rng({ key: [out[0], out[1]], position: 0 });
    });
  }

  /**
   * The stream named by a number or text, independent of this one, which does not move: the same name gives the same stream.
   * @throws when the number is not a non-negative integer.
   */
  foldIn(name: number | string): Rng {
    const out = new Uint32Array(2);
    const [word, high] = nameWords(name);
    threefry2x32(this.#key[0], this.#key[1], word, (FOLD_DOMAIN ^ high) >>> 0, out);
    return new Rng({ key: [out[0], out[1]], position: 0 });
  }

  /** The next 32 random bits. */
  nextUint32(): number {
    const index = Math.floor(this.#position / 2);
    if (index !== this.#blockIndex) {
      threefry2x32(this.#key[0], this.#key[1], index >>> 0, Math.floor(index / TWO_POW_32), this.#block);
      this.#blockIndex = index;
    }
    return this.#block[this.#position++ & 1];
  }

  /** Uniform in [low, high), with 32 random bits. */
  nextUniform(low = 0, high = 1): number {
    const value = low + (high - low) * (this.nextUint32() * TWO_POW_NEG_32);
    // Rounding reaches the upper bound where the interval is narrow beside its distance from zero.
    return value === high ? low : value;
  }

  /** Standard normal (Box-Muller). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.nextUint32() + 1) * TWO_POW_NEG_32));
    return radius * Math.cos(2 * Math.PI * this.nextUniform());
  }

  /**
   * Uniform integer in [0, n), without modulo bias.
   * @throws when n is not an integer in [1, 2^32].
   */
  nextInt(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_POW_32) throw new Error(`Rng.nextInt: n must be an integer in [1, 2^32], got ${n}`);
    // Draws again in the last, incomplete block of n. Floor and product are exact here, and ten times as fast as %.
    for (;;) {
      const word = this.nextUint32();
      const start = Math.floor(word / n) * n;
      if (start + n <= TWO_POW_32) return word - start;
    }
  }

  /**
   * An index drawn with the given probabilities, which need not sum to one.
   * @throws when a weight is negative or NaN, or their sum is not positive and finite.
   */
  nextCategorical(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0)) throw new Error(`Rng.nextCategorical: weight ${i} must not be negative, got ${weights[i]}`);
      total += weights[i];
    }
    if (!(total > 0) || !Number.isFinite(total)) throw new Error(`Rng.nextCategorical: the weights must have a positive finite sum, got ${total}`);
    let left = this.nextUniform() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i] === 0) continue;
      last = i;
      left -= weights[i];
      if (left < 0) return i;
    }
    return last;
  }

  /** The integers 0..n-1 in random order. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.nextInt(i + 1);
      const swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /** Fills an array with uniforms in [low, high), and returns it. */
  fillUniform<A extends Float32Array | Float64Array>(out: A, low = 0, high = 1): A {
    for (let i = 0; i < out.length; i++) out[i] = this.nextUniform(low, high);
    if (out instanceof Float32Array && low < high) {
      const largest = Math.max(float32Below(high), Math.fround(low));
      for (let i = 0; i < out.length; i++) if (out[i] >= high) out[i] = largest;
    }
    return out;
  }

  /** Fills an array with standard normals (both values of each Box-Muller pair), and returns it. */
  fillNormal<A extends Float32Array | Float64Array>(out: A): A {
    for (let i = 0; i < out.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.nextUint32() + 1) * TWO_POW_NEG_32));
      const angle = 2 * Math.PI * this.nextUniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  }

  /** Fills an array with standard Gumbel draws, -log(-log u), and returns it. */
  fillGumbel<A extends Float32Array | Float64Array>(out: A): A {
    for (let i = 0; i < out.length; i++) out[i] = -Math.log(-Math.log((this.nextUint32() + 0.5) * TWO_POW_NEG_32));
    return out;
  }

  /** A float32 tensor of uniforms in [low, high). */
  uniform(shape: readonly number[], low = 0, high = 1): tf.Tensor {
    return tf.tensor(this.fillUniform(new Float32Array(sizeOf(shape)), low, high), [...shape], 'float32');
  }

  /** A float32 tensor of standard normals. */
  normal(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.fillNormal(new Float32Array(sizeOf(shape))), [...shape], 'float32');
  }

  /** A float32 tensor of standard Gumbel draws, -log(-log u): `argMax(logits + gumbel)` samples a categorical. */
  gumbel(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.fillGumbel(new Float32Array(sizeOf(shape))), [...shape], 'float32');
  }

  /** Indices drawn from unnormalised log-probabilities: [..., A] to int32 [...]. */
  categorical(logits: tf.Tensor): tf.Tensor {
    return tf.tidy(() => logits.add(this.gumbel(logits.shape)).argMax(-1));
  }
}
