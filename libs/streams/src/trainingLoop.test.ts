import { type Snapshot, snapshotPart, tf } from '@rivulet/engine';
import fc from 'fast-check';
import { firstValueFrom, lastValueFrom, take, tap, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ToyActor, ToyLearner, turns } from '../test/toys.js';
import { actorLearnerLoop, checkpointEvery, encodeMessage, evaluateEvery, type Message, trainingLoop, untilSteps } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const bits = (snapshot: Snapshot): string => JSON.stringify(snapshot, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value));
const make = (seed = 1, wait = 0) => trainingLoop({ actor: new ToyActor(seed, wait), learner: new ToyLearner(wait) });
const records = (messages: Message[]) => messages.map((message) => encodeMessage(message)).filter((record) => record !== undefined);

describe('trainingLoop', () => {
  it('emits rollout, update, boundary per iteration, with running totals and no lag', async () => {
    const actor = new ToyActor(1, 0);
    const loop = trainingLoop({ actor, learner: new ToyLearner(0) });
    const messages = await lastValueFrom(loop.messages$.pipe(take(6), toArray()));
    expect(messages.map(({ kind, step }) => `${kind} ${step}`)).toEqual(['rollout 8', 'update 8', 'boundary 8', 'rollout 16', 'update 16', 'boundary 16']);
    const returns = messages.flatMap((message) => (message.kind === 'rollout' ? message.episodes.map((episode) => episode.return) : []));
    expect(messages[3]).toMatchObject({ steps: 8, policyLag: 0, window: 2, meanReturn: (returns[0] + returns[1]) / 2 });
    expect(messages[4]).toMatchObject({ updates: 2 });
    expect(loop).toMatchObject({ step: 16, updates: 2, meanReturn: (returns[0] + returns[1]) / 2 });
    await loop.dispose();
  });

  it('does nothing before it is subscribed', async () => {
    const actor = new ToyActor();
    const loop = trainingLoop({ actor, learner: new ToyLearner() });
    await turns();
    expect(actor.collected).toBe(0);
    await loop.dispose();
  });

  it('covers the last 100 episodes and no more', async () => {
    const loop = make();
    const rollouts = (await lastValueFrom(loop.messages$.pipe(untilSteps(8 * 103), toArray()))).filter((message) => message.kind === 'rollout');
    const returns = rollouts.map((rollout) => rollout.episodes[0].return);
    expect(rollouts[98].window).toBe(99);
    expect(rollouts[102].window).toBe(100);
    expect(rollouts[102].meanReturn).toBe(returns.slice(3).reduce((a, b) => a + b, 0) / 100);
    await loop.dispose();
  });

  it('continues a stored run exactly, in messages and in state', async () => {
    const whole = make();
    const expected = await lastValueFrom(whole.messages$.pipe(untilSteps(8 * 20), toArray()));

    const first = make();
    const begun = await lastValueFrom(first.messages$.pipe(untilSteps(8 * 7), toArray()));
    const stored = await first.snapshot();
    await first.dispose();
    const second = make(99);
    await second.restore(stored);
    expect(second.step).toBe(56);
    const rest = await lastValueFrom(second.messages$.pipe(untilSteps(8 * 20), toArray()));

    expect([...records(begun), ...records(rest)]).toEqual(records(expected));
    expect(bits(await second.snapshot())).toBe(bits(await whole.snapshot()));
    await whole.dispose();
    await second.dispose();
  });

  it('loses neither state nor messages when it is stopped at any message and subscribed again', async () => {
    const whole = make();
    const expected = records(await lastValueFrom(whole.messages$.pipe(untilSteps(8 * 8), toArray())));
    const state = bits(await whole.snapshot());
    await whole.dispose();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.boolean(), async (count, storeBetween) => {
        const loop = make();
        const first = await lastValueFrom(loop.messages$.pipe(take(count), toArray()));
        if (storeBetween) await loop.snapshot();
        const rest = await lastValueFrom(loop.messages$.pipe(untilSteps(8 * 8), toArray()));
        expect([...records(first), ...records(rest)]).toEqual(expected);
        expect(bits(await loop.snapshot())).toBe(state);
        await loop.dispose();
      }),
      { numRuns: 15 },
    );
  });

  it('stored between collecting and learning, continues elsewhere from the next boundary', async () => {
    const whole = make();
    const expected = records(await lastValueFrom(whole.messages$.pipe(untilSteps(48), toArray())));
    await whole.dispose();
    const stopped = make();
    await lastValueFrom(stopped.messages$.pipe(take(7))); // the third rollout
    const stored = await stopped.snapshot();
    await stopped.dispose();
    const second = make(99);
    await second.restore(stored);
    expect(records(await lastValueFrom(second.messages$.pipe(untilSteps(48), toArray())))).toEqual(expected.slice(6));
    await second.dispose();
  });

  it('subscribed again at once, waits for what still holds the last boundary', async () => {
    const loop = make();
    let released = false;
    const first = loop.messages$.subscribe((message) => {
      if (message.kind !== 'boundary') return;
      message.hold(turns(6).then(() => (released = true)));
      first.unsubscribe();
    });
    while (!first.closed) await turns(1);
    const next = await firstValueFrom(loop.messages$);
    expect([next.kind, next.step, released]).toEqual(['rollout', 16, true]);
    await loop.dispose();
  });

  it('leaves no tensor and no timer when it is unsubscribed and disposed at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 25 }), async (moment) => {
        const before = tf.memory().numTensors;
        const [actor, learner] = [new ToyActor(1, 2), new ToyLearner(2)];
        const loop = trainingLoop({ actor, learner });
        const subscription = loop.messages$.subscribe();
        await turns(moment);
        subscription.unsubscribe();
        await loop.dispose();
        expect(tf.memory().numTensors).toBe(before);
        expect([actor.disposed, learner.disposed]).toEqual([1, 1]);
        const collected = actor.collected;
        await turns(5);
        expect(actor.collected).toBe(collected);
        expect(process.getActiveResourcesInfo().filter((name) => name === 'Immediate')).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('waits for all that holds a boundary, also for what is added meanwhile', async () => {
    const loop = make();
    const log: string[] = [];
    await lastValueFrom(loop.messages$.pipe(take(4)));
    await new Promise<void>((resolve) => {
      const subscription = loop.messages$.subscribe((message) => {
        log.push(message.kind);
        if (message.kind !== 'boundary') return;
        if (log.filter((kind) => kind === 'boundary').length > 1) {
          subscription.unsubscribe();
          return resolve();
        }
        message.hold(
          turns(5).then(() => {
            log.push('first');
            message.hold(turns(5).then(() => log.push('second')));
          }),
        );
      });
    });
    expect(log).toEqual(['update', 'boundary', 'first', 'second', 'rollout', 'update', 'boundary']);
    await loop.dispose();
  });

  it('fails with the error of a hold, an actor or a learner', async () => {
    const rejected = make();
    const failure = new Promise((resolve) => {
      rejected.messages$.subscribe({ next: (message) => message.kind === 'boundary' && message.hold(Promise.reject(new Error('disk full'))), error: resolve });
    });
    expect(await failure).toEqual(new Error('disk full'));
    await rejected.dispose();

    const [actor, learner] = [new ToyActor(), new ToyLearner()];
    actor.collect = () => Promise.reject(new Error('the env broke'));
    const broken = trainingLoop({ actor, learner });
    await expect(lastValueFrom(broken.messages$)).rejects.toThrow('the env broke');
    await broken.dispose();

    const wrong = new ToyLearner();
    wrong.learn = () => {
      throw new Error('NaN loss');
    };
    const unlearned = trainingLoop({ actor: new ToyActor(), learner: wrong });
    await expect(lastValueFrom(unlearned.messages$)).rejects.toThrow('NaN loss');
    await unlearned.dispose();
  });

  it('takes a snapshot at a boundary, from within and from outside', async () => {
    const loop = make(1, 2);
    let inside: Snapshot | undefined;
    const subscription = loop.messages$.subscribe((message) => {
      if (message.kind === 'boundary' && message.step === 16) message.hold(message.snapshot().then((snapshot) => (inside = snapshot)));
    });
    await turns(2);
    const outside = await loop.snapshot();
    expect(outside.data['loop']).toEqual({ step: 8 });
    while (inside === undefined) await turns(1);
    subscription.unsubscribe();
    expect(inside.data['loop']).toEqual({ step: 16 });
    expect(inside.arrays['loop/returns'].data).toHaveLength(2);
    await loop.dispose();
  });

  it('refuses a second subscriber and what comes too late', async () => {
    const loop = make();
    const boundary = await firstValueFrom(loop.messages$.pipe(take(3), toArray()));
    await turns();
    const last = boundary[2];
    if (last.kind !== 'boundary') throw new Error('expected a boundary');
    expect(() => last.hold(Promise.resolve())).toThrow('the boundary at step 8 is over');
    await expect(last.snapshot()).rejects.toThrow('the boundary at step 8 is over');
    const subscription = loop.messages$.subscribe();
    await expect(lastValueFrom(loop.messages$)).rejects.toThrow('somebody is subscribed already');
    await expect(loop.restore({ arrays: {}, data: {} })).rejects.toThrow('unsubscribe first');
    subscription.unsubscribe();
    await loop.dispose();
    await expect(loop.snapshot()).rejects.toThrow('disposed');
    await expect(lastValueFrom(loop.messages$)).rejects.toThrow('disposed');
  });

  it('finishes the iteration when its signal aborts', async () => {
    const stop = new AbortController();
    const loop = trainingLoop({ actor: new ToyActor(), learner: new ToyLearner(), signal: stop.signal });
    const kinds: string[] = [];
    await loop.messages$.forEach((message) => {
      kinds.push(message.kind);
      if (kinds.length === 4) stop.abort();
    });
    expect(kinds).toEqual(['rollout', 'update', 'boundary', 'rollout', 'update', 'boundary']);
    await loop.dispose();
  });

  it.each(['before', 'collecting', 'learning', 'in the turn after the boundary', 'while the boundary is held', 'while the checkpoint is written'])(
    'can store the last boundary when its signal aborts %s',
    async (moment) => {
      const stop = new AbortController();
      const abortAt = (now: string): void => {
        if (now === moment) stop.abort();
      };
      const actor = new ToyActor(1, 1);
      const learner = new ToyLearner(1);
      const collect = actor.collect.bind(actor);
      const learn = learner.learn.bind(learner);
      const second = (now: string, step: number): void => (step === 16 ? abortAt(now) : undefined);
      actor.collect = (weights) => {
        second('collecting', 8 * (actor.collected + 1));
        return collect(weights);
      };
      learner.learn = (chunk) => {
        second('learning', 8 * (learner.updates + 1));
        return learn(chunk);
      };
      abortAt('before');
      const saved: number[] = [];
      const messages = await lastValueFrom(
        actorLearnerLoop({ actor: () => actor, learner: () => learner, signal: stop.signal }).pipe(
          evaluateEvery({
            steps: 16,
            evaluate: async (_, step) => {
              await turns();
              second('while the boundary is held', step);
              return { episodes: [], meanReturn: 0 };
            },
          }),
          tap((message) => {
            if (message.kind === 'boundary' && message.step === 16) setImmediate(() => abortAt('in the turn after the boundary'));
          }),
          checkpointEvery({
            ...(moment === 'while the checkpoint is written' ? { steps: 16 } : {}),
            atEnd: true,
            save: async (snapshot, step) => {
              await turns();
              second('while the checkpoint is written', step);
              saved.push(Number(snapshotPart(snapshot, 'loop').data['step']), step);
              return 'x';
            },
          }),
          toArray(),
        ),
      );
      const checkpoint = moment === 'while the checkpoint is written' ? 'c16 b16' : 'b16 c16';
      expect(messages.map(({ kind, step }) => `${kind[0]}${step}`).join(' ')).toBe(moment === 'before' ? '' : `r8 u8 b8 r16 u16 e16 ${checkpoint}`);
      expect(saved).toEqual(moment === 'before' ? [] : [16, 16]);
      await turns(8);
      expect([actor.disposed, learner.disposed]).toEqual([1, 1]);
    },
  );

  it('lets timers run between iterations of synchronous parts, and its stack does not grow', async () => {
    const depths: number[] = [];
    const loop = trainingLoop<number, number>({
      actor: { collect: () => ({ data: 0, steps: 1, episodes: [] }), snapshot: () => ({ arrays: {}, data: {} }), restore: () => undefined, dispose: () => undefined },
      learner: { weights: 0, updates: 0, learn: async () => ({}), snapshot: () => ({ arrays: {}, data: {} }), restore: () => undefined, dispose: () => undefined },
    });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = Infinity;
    await loop.messages$.pipe(untilSteps(3000)).forEach((message) => {
      if (message.kind === 'rollout' && message.step % 500 === 0) depths.push((new Error().stack ?? '').split('\n').length);
    });
    Error.stackTraceLimit = limit;
    clearInterval(timer);
    expect(new Set(depths).size).toBe(1);
    expect(ticks).toBeGreaterThan(0);
    await loop.dispose();
  });
});
