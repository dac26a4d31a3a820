import { sizeOf } from '../ndarray.js';
import { Rng } from '../rng.js';
import type { tf } from '../tf.js';
import { Untraceable } from './untraceable.js';

/** What a function asked of its random streams; streams are numbered in the order in which they came to be. */
export type NoiseStep =
  | { readonly kind: 'split'; readonly stream: number; readonly count: number }
  | { readonly kind: 'foldIn'; readonly stream: number; readonly name: number | string }
  | { readonly kind: 'uniform'; readonly stream: number; readonly shape: readonly number[]; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly stream: number; readonly shape: readonly number[] }
  | { readonly kind: 'gumbel'; readonly stream: number; readonly shape: readonly number[] };

type Draw = Extract<NoiseStep, { readonly shape: readonly number[] }>;

/** The random tensors that a function draws, as a program that is run again for every call. */
export class NoiseProgram {
  readonly steps: NoiseStep[] = [];
  readonly draws: Draw[] = [];
  #streams = 0;

  /** A number for another stream. */
  newStream(): number {
    return this.#streams++;
  }

  draw(step: Draw): number {
    this.steps.push(step);
    return this.draws.push(step) - 1;
  }

  /** Draws once from the given streams, exactly as the function itself would; each draw goes into its array from the given place on. */
  run(streams: readonly Rng[], out: readonly Float32Array[], turn = 0): void {
    const all = [...streams];
    let next = 0;
    for (const step of this.steps) {
      const rng = all[step.stream];
      if (step.kind === 'split') all.push(...rng.split(step.count));
      else if (step.kind === 'foldIn') all.push(rng.foldIn(step.name));
      else {
        const size = sizeOf(step.shape);
        const part = out[next++].subarray(turn * size, (turn + 1) * size);
        if (step.kind === 'normal') rng.fillNormal(part);
        else if (step.kind === 'gumbel') rng.fillGumbel(part);
        else rng.fillUniform(part, step.low, step.high);
      }
    }
  }
}

/** What a {@link TracingRng} reports to: the tensor that stands for a draw. */
export type Drawn = (draw: number, shape: readonly number[]) => tf.Tensor;

/** A random stream that records what is drawn from it instead of drawing. */
export class TracingRng extends Rng {
  readonly #program: NoiseProgram;
  readonly #stream: number;
  readonly #drawn: Drawn;

  constructor(program: NoiseProgram, drawn: Drawn) {
    super({ key: [0, 0], position: 0 });
    this.#program = program;
    this.#stream = program.newStream();
    this.#drawn = drawn;
  }

  #draw(step: Draw): tf.Tensor {
    return this.#drawn(this.#program.draw(step), step.shape);
  }

  #refuse(what: string): never {
    throw new Untraceable(`Rng.${what}, whose result is a number of the host; draw a tensor`);
  }

  override split(n: number): Rng[] {
    this.#program.steps.push({ kind: 'split', stream: this.#stream, count: n });
    return Array.from({ length: n }, () => new TracingRng(this.#program, this.#drawn));
  }

  override foldIn(name: number | string): Rng {
    this.#program.steps.push({ kind: 'foldIn', stream: this.#stream, name });
    return new TracingRng(this.#program, this.#drawn);
  }

  override normal(shape: readonly number[]): tf.Tensor {
    return this.#draw({ kind: 'normal', stream: this.#stream, shape });
  }

  override gumbel(shape: readonly number[]): tf.Tensor {
    return this.#draw({ kind: 'gumbel', stream: this.#stream, shape });
  }

  override uniform(shape: readonly number[], low = 0, high = 1): tf.Tensor {
    return this.#draw({ kind: 'uniform', stream: this.#stream, shape, low, high });
  }

  override state(): never {
    return this.#refuse('state');
  }

  override nextUint32(): never {
    return this.#refuse('next');
  }

  override permutation(): never {
    return this.#refuse('permutation');
  }

  override fillNormal(): never {
    return this.#refuse('fillNormal');
  }

  override fillUniform(): never {
    return this.#refuse('fillUniform');
  }

  override fillGumbel(): never {
    return this.#refuse('fillGumbel');
  }
}
