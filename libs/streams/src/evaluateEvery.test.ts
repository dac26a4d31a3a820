import { tf } from '@rivulet/engine';
import { from, lastValueFrom, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundary, rollout, update } from '../test/messages.js';
import { ToyActor, ToyLearner, turns } from '../test/toys.js';
import { actorLearnerLoop, checkpointEvery, evaluateEvery, type Message, trainingLoop, untilSteps } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const parts = { actor: () => new ToyActor(1, 1), learner: () => new ToyLearner(1) };
const brief = (messages: readonly Message[]) => messages.map(({ kind, step }) => `${kind[0]}${step}`).join(' ');

async function firstWeight(weights: tf.Tensor): Promise<number> {
  await turns(4);
  return (await weights.data())[0]; // throws when the loop went on meanwhile and freed them
}

const evaluate = async (weights: tf.Tensor) => ({ episodes: [{ return: await firstWeight(weights), length: 1 }] });

describe('evaluateEvery', () => {
  it('evaluates the newest weights while the loop waits, before the boundary', async () => {
    const messages = await lastValueFrom(actorLearnerLoop(parts).pipe(evaluateEvery({ steps: 16, evaluate }), untilSteps(40), toArray()));
    expect(brief(messages)).toBe('r8 u8 b8 r16 u16 e16 b16 r24 u24 b24 r32 u32 e32 b32 r40 u40 b40');
    const [updated, evaluated] = [messages[4], messages[5]];
    if (updated.kind !== 'update' || evaluated.kind !== 'evaluation') throw new Error('wrong order');
    expect(evaluated.meanReturn).toBe(updated.metrics['first']);
  });

  it('evaluates once when a chunk jumps over several multiples, and at the same steps after a restart', async () => {
    const chunks = (...steps: number[]) => from(steps.flatMap((step): Message<string>[] => [rollout(step), update(step), boundary(step)]));
    const every = evaluateEvery<string>({ steps: 4, evaluate: async (weights, step) => ({ episodes: [], meanReturn: step + weights.length }) });
    expect(brief(await lastValueFrom(chunks(10, 20).pipe(every, toArray())))).toBe('r10 u10 e10 b10 r20 u20 e20 b20');
    const seldom = evaluateEvery<string>({ steps: 15, evaluate: async () => ({ episodes: [], meanReturn: 0 }) });
    expect(brief(await lastValueFrom(chunks(10, 20, 30, 40).pipe(seldom, toArray())))).toBe('r10 u10 b10 r20 u20 e20 b20 r30 u30 e30 b30 r40 u40 b40');
    expect(brief(await lastValueFrom(chunks(20, 30).pipe(seldom, toArray())))).toBe('r20 u20 e20 b20 r30 u30 e30 b30');
    expect(brief(await lastValueFrom(chunks(40).pipe(seldom, toArray())))).toBe('r40 u40 b40');
  });

  it('adds the last boundary at the end, once', async () => {
    const at = (end: number) =>
      lastValueFrom(actorLearnerLoop(parts).pipe(untilSteps(end), evaluateEvery({ steps: 16, evaluate, atEnd: true }), toArray()));
    expect(brief(await at(24))).toBe('r8 u8 b8 r16 u16 e16 b16 r24 u24 b24 e24');
    expect(brief(await at(16))).toBe('r8 u8 b8 r16 u16 e16 b16');
    await turns();
  });

  it('fails with the evaluation, and frees the run', async () => {
    const before = tf.memory().numTensors;
    const failing = evaluateEvery<tf.Tensor>({ steps: 8, evaluate: () => Promise.reject(new Error('no such env')) });
    await expect(lastValueFrom(actorLearnerLoop(parts).pipe(failing))).rejects.toThrow('no such env');
    const empty = evaluateEvery<tf.Tensor>({ steps: 8, evaluate: async () => ({ episodes: [] }) });
    await expect(lastValueFrom(actorLearnerLoop(parts).pipe(empty))).rejects.toThrow('neither episodes nor a mean return');
    const throwing = evaluateEvery<tf.Tensor>({
      steps: 8,
      evaluate: () => {
        throw new Error('at once');
      },
    });
    await expect(lastValueFrom(actorLearnerLoop(parts).pipe(throwing))).rejects.toThrow('at once');
    await turns(8);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => evaluateEvery({ steps: 0, evaluate })).toThrow('steps must be positive');
  });

  it('keeps the weights until an evaluation that was unsubscribed is over', async () => {
    const before = tf.memory().numTensors;
    let weight: number | undefined;
    const slow = async (weights: tf.Tensor) => {
      subscription.unsubscribe();
      await turns(5);
      weight = await firstWeight(weights);
      return { episodes: [], meanReturn: 0 };
    };
    const subscription = actorLearnerLoop(parts)
      .pipe(evaluateEvery({ steps: 8, evaluate: slow }))
      .subscribe();
    await turns(25);
    expect(weight).toBeTypeOf('number');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('checkpointEvery', () => {
  const kept: { step: number; loop: unknown }[] = [];
  const save = async (snapshot: { data: { [key: string]: unknown } }, step: number) => {
    await turns(2);
    kept.push({ step, loop: snapshot.data['loop'] });
    return `at-${step}`;
  };

  it('stores at the boundaries that are due and at the end, after the evaluations', async () => {
    kept.length = 0;
    const messages = await lastValueFrom(
      actorLearnerLoop(parts).pipe(untilSteps(40), evaluateEvery({ steps: 16, evaluate, atEnd: true }), checkpointEvery({ steps: 16, save, atEnd: true }), toArray()),
    );
    expect(brief(messages)).toBe('r8 u8 b8 r16 u16 e16 c16 b16 r24 u24 b24 r32 u32 e32 c32 b32 r40 u40 b40 e40 c40');
    expect(kept).toEqual([16, 32, 40].map((step) => ({ step, loop: { step } })));
    expect(messages.at(-1)).toEqual({ kind: 'checkpoint', step: 40, path: 'at-40' });
  });

  it('stores by the clock', async () => {
    kept.length = 0;
    let now = 0;
    const clock = { now: () => now };
    const loop = trainingLoop({ actor: new ToyActor(1, 0), learner: new ToyLearner(0) });
    await loop.messages$.pipe(checkpointEvery({ seconds: 3, save, clock }), untilSteps(64)).forEach((message) => {
      if (message.kind === 'rollout') now += 1000;
    });
    expect(kept.map(({ step }) => step)).toEqual([24, 48]);
    await loop.dispose();
  });

  it('fails when the run cannot be stored, and frees the run', async () => {
    const before = tf.memory().numTensors;
    const full = checkpointEvery<tf.Tensor>({ steps: 8, save: () => Promise.reject(new Error('disk full')) });
    await expect(lastValueFrom(actorLearnerLoop(parts).pipe(full))).rejects.toThrow('disk full');
    const atEnd = checkpointEvery<tf.Tensor>({ save: () => Promise.reject(new Error('disk full at last')), atEnd: true });
    await expect(lastValueFrom(actorLearnerLoop(parts).pipe(untilSteps(16), atEnd))).rejects.toThrow('disk full at last');
    await turns(8);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => checkpointEvery({ save })).toThrow('give steps, seconds or atEnd');
    expect(() => checkpointEvery({ seconds: -1, save })).toThrow('seconds must be positive');
    expect(() => checkpointEvery({ steps: NaN, save })).toThrow('steps must be positive');
  });
});
