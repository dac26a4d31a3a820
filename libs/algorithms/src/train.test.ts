import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint, Rng, saveCheckpoint, type Snapshot, tensorCount, tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { encodeMessage, type Message } from '@rivulet/streams';
import { firstValueFrom, lastValueFrom, take, takeWhile, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Member, members } from '../test/members.js';
import { counter, patience } from '../test/toys.js';
import { turnsUntil } from '../test/turns.js';
import { a2c } from './a2c.js';
import { dqn } from './dqn.js';
import { sac } from './sac.js';
import { train, type TrainOptions } from './train.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const run = ({ algorithm, env }: Member, options: Partial<TrainOptions> = {}) => train(algorithm, { env: (n) => vectorize(env, n), seed: 3, steps: 200, ...options });

/** So many iterations: the messages as JSON, and the snapshot at the last boundary. */
async function play(member: Member, iterations: number, options: Partial<TrainOptions> = {}) {
  const records: unknown[] = [];
  let snapshot: Promise<Snapshot> | undefined;
  let boundaries = 0;
  const watched = run(member, options).pipe(
    tap((message) => {
      if (message.kind !== 'boundary') return void records.push(encodeMessage(message));
      if (++boundaries < iterations) return;
      snapshot = message.snapshot();
      message.hold(snapshot);
    }),
    takeWhile((message) => !(message.kind === 'rollout' && boundaries === iterations)),
  );
  await lastValueFrom(watched);
  return { records: records.slice(0, 2 * iterations), snapshot: await (snapshot as Promise<Snapshot>) };
}

describe('train', () => {
  it.each(members)('repeats under a seed, and continues a stored run to the last bit: $name', async (member) => {
    const before = tensorCount();
    const whole = await play(member, 4);
    const other = await play(member, 4, { seed: 4 });
    expect(other.records).not.toEqual(whole.records);

    // The first half is a second run under the same seed, with a snapshot in the middle.
    const half = await play(member, 2);
    expect(half.records).toEqual(whole.records.slice(0, 4));
    const folder = await mkdtemp(join(tmpdir(), 'rivulet-train-'));
    try {
      await saveCheckpoint(folder, half.snapshot, { step: 2 });
      const resumed = await play(member, 2, { resume: (await loadCheckpoint(folder)).snapshot, seed: 99 });
      expect(resumed.records).toEqual(whole.records.slice(4));
      expect(resumed.snapshot).toEqual(whole.snapshot);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(await turnsUntil(() => tensorCount() === before)).toBe(true);
  });

  it('does nothing before it is subscribed, and gives every subscription a run of its own', async () => {
    let made = 0;
    const messages$ = train(a2c({ hidden: [4], numEnvs: 1 }), { env: (n) => (made++, vectorize(patience('discrete'), n)), seed: 1, steps: 100 });
    expect(made).toBe(0);
    const kinds = async () => (await lastValueFrom(messages$.pipe(take(6), toArray()))).map(({ kind, step }: Message) => [kind, step]);
    const expected = [5, 10].flatMap((step) => [['rollout', step], ['update', step], ['boundary', step]]);
    expect([await kinds(), await kinds()]).toEqual([expected, expected]);
    expect(made).toBe(2);
  });

  it.each(members)('frees everything wherever it is unsubscribed: $name', async (member) => {
    const before = tensorCount();
    const rng = Rng.fromSeed(11);
    for (let i = 0; i < 4; i++) {
      let closed = false;
      const make = (n: number) => {
        const env = vectorize(member.env, n);
        return Object.assign(env, { close: () => (closed = true) });
      };
      const left = 1 + rng.nextInt(8);
      const late = rng.nextInt(5);
      const subscription = run(member, { env: make }).pipe(take(left)).subscribe();
      // Sometimes in the middle of acting or learning, after a number of turns, sometimes at a message.
      if (i % 2 === 0) {
        for (let turn = 0; turn < late; turn++) await new Promise((resolve) => setImmediate(resolve));
        subscription.unsubscribe();
      }
      expect(await turnsUntil(() => closed && tensorCount() === before), `${tensorCount() - before} tensors left, closed: ${closed}`).toBe(true);
    }
  });

  it('ends at a boundary when its signal aborts', async () => {
    const controller = new AbortController();
    const messages = run(members[0], { signal: controller.signal }).pipe(
      tap(({ kind, step }) => {
        if (kind === 'rollout' && step === 12) controller.abort();
      }),
      toArray(),
    );
    const last = (await lastValueFrom(messages)).at(-1);
    expect([last?.kind, last?.step]).toEqual(['boundary', 12]);
  });

  it('ends with an error, a closed environment and no tensor when something is wrong', async () => {
    const before = tensorCount();
    let closed = 0;
    const closing = <E extends ReturnType<typeof vectorize>>(env: E): E => Object.assign(env, { close: () => closed++ });
    const failing = (algorithm: Member['algorithm'], env: Member['env'], copies?: number) =>
      firstValueFrom(train(algorithm, { env: (n) => closing(vectorize(env, copies ?? n)), seed: 1, steps: 100 }).pipe(toArray()));
    const nan = counter({ lengths: [9], terminates: [true], reward: (step) => (step === 8 ? NaN : 0) });
    await expect(failing(a2c({ hidden: [4] }), nan)).rejects.toThrow('Counter: copy 0 returned the reward NaN');
    await expect(failing(sac(), patience('discrete'))).rejects.toThrow('sac: needs a continuous (box) action space, but this one is discrete');
    await expect(failing(dqn(), patience('continuous'))).rejects.toThrow('dqn: needs a discrete action space, but this one is box');
    await expect(failing(a2c(), patience('discrete'), 3)).rejects.toThrow("train: a2c wants 8 copies of the environment, but 'env' made 3");
    expect(await turnsUntil(() => closed === 4 && tensorCount() === before)).toBe(true);
  });
});
