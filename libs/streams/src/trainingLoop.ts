import { joinSnapshots, type Snapshot, type Snapshotable, snapshotPart } from '@rivulet/engine';
import { Observable, type Subscriber } from 'rxjs';
import type { Actor, Chunk, ChunkLearner } from './actorLearner.js';
import { EpisodeWindow } from './episodeWindow.js';
import type { Message } from './messages.js';
import { Mutex } from './mutex.js';
import { nextTurn } from './nextTurn.js';
import { openBoundary } from './openBoundary.js';

/** What a loop joins. The loop owns both parts: its `dispose` frees them. */
export interface TrainingLoopParts<W, C> {
  readonly actor: Actor<W, C>;
  readonly learner: ChunkLearner<W, C>;
  /** When it aborts, the loop finishes its iteration and completes while the boundary can still be held. */
  readonly signal?: AbortSignal;
}

/** An actor and a learner in lockstep. It keeps its place between subscriptions and can be stored and continued. */
export interface TrainingLoop<W> extends Snapshotable {
  /**
   * The run, from wherever the loop stands: `(rollout update boundary)` again and again. Cold, and for one subscriber
   * at a time (share it for more). Unsubscribing stops the loop; subscribing again continues, and loses no message.
   */
  readonly messages$: Observable<Message<W>>;
  /** Environment steps since the start of the run. */
  readonly step: number;
  /** Gradient steps since the start of the run. */
  readonly updates: number;
  /** Mean return of the last 100 episodes, or of all while there are fewer; undefined before the first. */
  readonly meanReturn: number | undefined;
  /** The newest weights, valid until the loop goes on or is disposed. */
  readonly weights: W;
  /**
   * Counters, episode window, actor and learner. Waits for the iteration in flight. If the loop was stopped between
   * collecting and learning, the collected chunk is learned first, so that a snapshot always shows a boundary.
   */
  snapshot(): Promise<Snapshot>;
  /** Continues from a snapshot. @throws while somebody is subscribed, or when the snapshot does not fit. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Stops, waits for the work in flight (and for what holds a boundary), then frees actor and learner. */
  dispose(): Promise<void>;
}

class LockstepLoop<W, C> implements TrainingLoop<W> {
  readonly messages$ = new Observable<Message<W>>((subscriber) => this.#start(subscriber));
  readonly #actor: Actor<W, C>;
  readonly #learner: ChunkLearner<W, C>;
  readonly #signal: AbortSignal | undefined;
  readonly #mutex = new Mutex();
  readonly #window = new EpisodeWindow();
  #step = 0;
  #phase: 'collect' | 'learn' | 'boundary' = 'collect';
  #chunk: Chunk<C> | undefined;
  #unsent: Message<W>[] = [];
  #subscriber: Subscriber<Message<W>> | undefined;
  #run: Promise<void> = Promise.resolve();
  #disposal: Promise<void> | undefined;
  #freed = false;

  constructor({ actor, learner, signal }: TrainingLoopParts<W, C>) {
    this.#actor = actor;
    this.#learner = learner;
    this.#signal = signal;
  }

  get step(): number {
    return this.#step;
  }

  get updates(): number {
    return this.#learner.updates;
  }

  get meanReturn(): number | undefined {
    return this.#window.mean;
  }

  get weights(): W {
    return this.#learner.weights;
  }

  snapshot(): Promise<Snapshot> {
    return this.#mutex.run(async () => {
      // While it is being disposed, whoever holds the last boundary can still store it.
      if (this.#freed) throw new Error('TrainingLoop.snapshot: the loop is disposed');
      if (this.#phase === 'learn') await this.#learn();
      const [actor, learner] = [await this.#actor.snapshot(), await this.#learner.snapshot()];
      const loop: Snapshot = { arrays: this.#window.snapshot().arrays, data: { step: this.#step } };
      return joinSnapshots({ loop, actor, learner });
    });
  }

  restore(snapshot: Snapshot): Promise<void> {
    return this.#mutex.run(async () => {
      this.#assertAlive('restore');
      if (this.#subscriber !== undefined) throw new Error('TrainingLoop.restore: unsubscribe first; a running loop cannot change its state');
      const loop = snapshotPart(snapshot, 'loop');
      const step = loop.data['step'];
      if (typeof step !== 'number') throw new Error("TrainingLoop.restore: the entry 'loop.step' must be a number");
      this.#window.restore(loop);
      await this.#actor.restore(snapshotPart(snapshot, 'actor'));
      await this.#learner.restore(snapshotPart(snapshot, 'learner'));
      this.#step = step;
      this.#phase = 'collect';
      this.#chunk = undefined;
      this.#unsent = [];
    });
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#stopAndFree();
    return this.#disposal;
  }

  async #stopAndFree(): Promise<void> {
    this.#subscriber?.complete();
    await this.#run;
    await this.#mutex.run(() => {
      this.#freed = true;
      try {
        this.#actor.dispose();
      } finally {
        this.#learner.dispose();
      }
    });
  }

  #assertAlive(what: string): void {
    if (this.#disposal !== undefined) throw new Error(`TrainingLoop.${what}: the loop is disposed`);
  }

  #start(subscriber: Subscriber<Message<W>>): () => void {
    this.#assertAlive('messages$');
    if (this.#subscriber !== undefined) throw new Error('TrainingLoop.messages$: somebody is subscribed already; share() the messages for several subscribers');
    this.#subscriber = subscriber;
    this.#run = this.#run.then(() => this.#drive(subscriber));
    return () => {
      this.#subscriber = undefined;
    };
  }

  async #drive(subscriber: Subscriber<Message<W>>): Promise<void> {
    try {
      if (this.#signal?.aborted) subscriber.complete();
      while (!subscriber.closed) {
        await this.#mutex.run(() => this.#iterate(subscriber));
        if (!subscriber.closed) await this.#pause(subscriber);
      }
    } catch (error) {
      subscriber.error(error);
    }
  }

  async #iterate(subscriber: Subscriber<Message<W>>): Promise<void> {
    if (this.#phase === 'collect' && !subscriber.closed) await this.#collect();
    this.#deliver(subscriber);
    if (this.#phase === 'learn' && !subscriber.closed) await this.#learn();
    this.#deliver(subscriber);
  }

  async #collect(): Promise<void> {
    const actedAt = this.#learner.updates;
    const chunk = await this.#actor.collect(this.#learner.weights);
    this.#step += chunk.steps;
    this.#window.push(chunk.episodes);
    this.#chunk = chunk;
    this.#phase = 'learn';
    const { steps, episodes } = chunk;
    const policyLag = this.#learner.updates - actedAt;
    this.#unsent.push({ kind: 'rollout', step: this.#step, steps, episodes, meanReturn: this.#window.mean, window: this.#window.size, policyLag });
  }

  async #learn(): Promise<void> {
    if (this.#chunk === undefined) throw new Error('TrainingLoop: nothing was collected');
    const metrics = await this.#learner.learn(this.#chunk);
    this.#chunk = undefined;
    this.#phase = 'boundary';
    this.#unsent.push({ kind: 'update', step: this.#step, updates: this.#learner.updates, metrics });
  }

  async #pause(subscriber: Subscriber<Message<W>>): Promise<void> {
    this.#phase = 'collect';
    const { size: window, mean: meanReturn } = this.#window;
    const boundary = openBoundary<W>({ step: this.#step, meanReturn, window, weights: this.#learner.weights, snapshot: () => this.snapshot() });
    try {
      subscriber.next(boundary.message);
      await boundary.settle();
      if (!subscriber.closed) await nextTurn();
      // Interrupts arrive in that turn, and in the work that held the boundary. It is still open, so that whoever
      // stores the last one can hold it once more.
      if (this.#signal?.aborted) subscriber.complete();
    } finally {
      await boundary.close();
    }
  }

  #deliver(subscriber: Subscriber<Message<W>>): void {
    while (!subscriber.closed) {
      const message = this.#unsent.shift();
      if (message === undefined) return;
      subscriber.next(message);
    }
  }
}

/**
 * Joins an actor and a learner in lockstep: the newest weights act, the learner digests what was collected, and the
 * loop pauses for whoever holds the boundary. The policy lag is 0, and the run follows from the seeds alone.
 *
 * ```
 * messages$:  -R-U-B-R-U-B-R-U-B...     R rollout, U update, B boundary
 * ```
 *
 * The event loop gets a turn between two iterations. A failing actor, learner or hold ends the stream with its error.
 * Nothing happens before the first subscription; restore before subscribing to continue a stored run exactly.
 */
export function trainingLoop<W, C>(parts: TrainingLoopParts<W, C>): TrainingLoop<W> {
  return new LockstepLoop(parts);
}
