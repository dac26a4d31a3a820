import { ndarray, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { readArray } from '../vector/readArray.js';
import { VectorEnvWrapper } from './vectorEnvWrapper.js';

/** A finished episode: the sum of its rewards, and its length in steps. */
export interface FinishedEpisode {
  readonly return: number;
  readonly length: number;
}

/** A {@link VectorEnv} that remembers finished episodes. */
export interface RecordingEnv extends VectorEnv {
  /** The episodes that ended since the last call, in the order of their ends (copies in order within a step). */
  drain(): FinishedEpisode[];
}

class EpisodeRecorder extends VectorEnvWrapper implements RecordingEnv {
  readonly #returns: Float64Array;
  readonly #lengths: Int32Array;
  #finished: FinishedEpisode[] = [];

  constructor(env: VectorEnv) {
    super(env);
    this.#returns = new Float64Array(env.numEnvs);
    this.#lengths = new Int32Array(env.numEnvs);
  }

  drain(): FinishedEpisode[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  #clear(copy: number): void {
    this.#returns[copy] = 0;
    this.#lengths[copy] = 0;
  }

  protected override noteReset(mask: Uint8Array | undefined): void {
    super.noteReset(mask);
    for (let i = 0; i < this.numEnvs; i++) if (mask === undefined || mask[i] !== 0) this.#clear(i);
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.resets(i)) continue;
      this.#returns[i] += step.reward[i];
      this.#lengths[i]++;
      if ((step.terminated[i] | step.truncated[i]) === 0) continue;
      this.#finished.push({ return: this.#returns[i], length: this.#lengths[i] });
      this.#clear(i);
    }
    this.noteStep(step);
    return step;
  }

  protected override ownSnapshot(): Snapshot {
    return {
      arrays: { returns: ndarray('float64', [this.numEnvs], this.#returns.slice()), lengths: ndarray('int32', [this.numEnvs], this.#lengths.slice()) },
      data: { finished: this.#finished.map((episode) => ({ ...episode })) },
    };
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#returns.set(readArray(snapshot, 'returns', 'float64', this.numEnvs, this.id));
    this.#lengths.set(readArray(snapshot, 'lengths', 'int32', this.numEnvs, this.id));
    this.#finished = (snapshot.data.finished as unknown as readonly FinishedEpisode[]).map((episode) => ({ ...episode }));
  }
}

/** Records return and length of every finished episode, until they are drained; exact under every auto-reset mode. Episodes cut off by `reset` are not counted. */
export function recordEpisodes(env: VectorEnv): RecordingEnv {
  return new EpisodeRecorder(env);
}
