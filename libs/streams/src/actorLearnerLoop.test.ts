import { type Snapshot, tf } from '@rivulet/engine';
import fc from 'fast-check';
import { lastValueFrom, repeat, Subject, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ToyActor, ToyLearner, turns } from '../test/toys.js';
import { actorLearnerLoop, encodeMessage, learning, type Message, rollouts, untilSteps } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const parts = { actor: () => new ToyActor(1, 1), learner: () => new ToyLearner(1) };
const records = (messages: readonly Message[]) => messages.map((message) => encodeMessage(message)).filter((record) => record !== undefined);

describe('actorLearnerLoop', () => {
  it('makes its parts on subscribe and frees them at any moment of unsubscribing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), async (moment) => {
        const before = tf.memory().numTensors;
        const made: { disposed: number }[] = [];
        const remember = <T extends { disposed: number }>(part: T): T => {
          made.push(part);
          return part;
        };
        const run$ = actorLearnerLoop({ actor: () => remember(new ToyActor(1, 2)), learner: async () => remember(new ToyLearner(2)) });
        expect(made).toHaveLength(0);
        const subscription = run$.subscribe();
        await turns(moment);
        subscription.unsubscribe();
        await turns(12);
        expect(made.map((part) => part.disposed)).toEqual([1, 1]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('is a run of its own for each subscription', async () => {
    const messages = records(await lastValueFrom(actorLearnerLoop(parts).pipe(untilSteps(24), repeat(2), toArray())));
    expect(messages).toHaveLength(12);
    expect(messages.slice(6)).toEqual(messages.slice(0, 6));
  });

  it('continues from a snapshot', async () => {
    let stored: Snapshot | undefined;
    const expected: Message[] = [];
    await actorLearnerLoop(parts)
      .pipe(untilSteps(48))
      .forEach((message) => {
        expected.push(message);
        if (message.kind === 'boundary' && message.step === 24) message.hold(message.snapshot().then((snapshot) => (stored = snapshot)));
      });
    const rest = await lastValueFrom(actorLearnerLoop({ ...parts, from: stored }).pipe(untilSteps(48), toArray()));
    expect(records(rest)).toEqual(records(expected).slice(6));
  });

  it('frees everything when a part cannot be made, restored or run', async () => {
    const before = tf.memory().numTensors;
    const actor = new ToyActor();
    const broken = () => {
      throw new Error('no such network');
    };
    await expect(lastValueFrom(actorLearnerLoop({ actor: () => actor, learner: broken }))).rejects.toThrow('no such network');
    expect(actor.disposed).toBe(1);
    await expect(lastValueFrom(actorLearnerLoop({ ...parts, from: { arrays: {}, data: {} } }))).rejects.toThrow("no part named 'loop'");
    const failing = () => Object.assign(new ToyLearner(), { learn: () => Promise.reject(new Error('NaN loss')) });
    await expect(lastValueFrom(actorLearnerLoop({ ...parts, learner: failing }))).rejects.toThrow('NaN loss');
    await turns();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('rollouts and learning', () => {
  it('closed by a Subject of weights make the same run as the loop', async () => {
    const expected = records(await lastValueFrom(actorLearnerLoop(parts).pipe(untilSteps(40), toArray()))).filter((record) => record['kind'] === 'update');
    const [actor, learner] = [new ToyActor(1, 1), new ToyLearner(1)];
    const weights$ = new Subject<tf.Tensor>();
    const updates: Message[] = [];
    await new Promise<void>((resolve, reject) => {
      const subscription = rollouts(actor, weights$)
        .pipe(learning(learner))
        .subscribe({
          next: (message) => {
            updates.push(message);
            if (updates.length < 5) return weights$.next(message.weights);
            subscription.unsubscribe();
            resolve();
          },
          error: reject,
        });
      weights$.next(learner.weights);
    });
    expect(records(updates)).toEqual(expected);
    actor.dispose();
    learner.dispose();
  });

  it('drops the chunk in flight after unsubscribing', async () => {
    const actor = new ToyActor(1, 3);
    const weights = tf.zeros([2]);
    const seen: unknown[] = [];
    const weights$ = new Subject<tf.Tensor>();
    const second = rollouts(actor, weights$).subscribe((chunk) => seen.push(chunk));
    weights$.next(weights);
    weights$.next(weights);
    second.unsubscribe();
    await turns(8);
    expect(actor.collected).toBe(1);
    expect(seen).toEqual([]);
    actor.dispose();
    weights.dispose();
  });
});
