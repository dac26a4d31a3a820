import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ndarray, type Snapshot } from '@rivulet/engine';
import { type Actor, type ChunkLearner, checkpointEvery, evaluateEvery, trainingLoop, untilSteps } from '@rivulet/streams';
import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/messages.js';
import { LineFile, toCsv, toJsonl } from './index.js';

/** x moves by a third of what is missing to a moving target. */
function parts(): { actor: Actor<number, number>; learner: ChunkLearner<number, number> } {
  let time = 0;
  const learner = {
    weights: 0,
    updates: 0,
    learn: async ({ data }: { data: number }) => {
      learner.weights += (data - learner.weights) / 3;
      learner.updates++;
      return { weight: learner.weights };
    },
    snapshot: (): Snapshot => ({ arrays: { weights: ndarray('float64', [1], Float64Array.of(learner.weights)) }, data: { updates: learner.updates } }),
    restore: ({ arrays, data }: Snapshot) => {
      learner.weights = arrays['weights'].data[0];
      learner.updates = data['updates'] as number;
    },
    dispose: () => undefined,
  };
  const actor: Actor<number, number> = {
    collect: (weights) => ({ data: Math.sin(++time), steps: 10, episodes: [{ return: weights, length: 10 }] }),
    snapshot: () => ({ arrays: {}, data: { time } }),
    restore: ({ data }) => void (time = data['time'] as number),
    dispose: () => undefined,
  };
  return { actor, learner };
}

interface Stored {
  readonly snapshot: Snapshot;
  readonly jsonl: number;
  readonly csv: number;
}

/** Runs from the beginning or from what was stored, until the end or until so many messages have passed: then it is killed. */
async function run(folder: string, from: Stored | undefined, messages = Infinity): Promise<Stored | undefined> {
  const [jsonl, csv] = [new LineFile(join(folder, 'm.jsonl'), { from: from?.jsonl }), new LineFile(join(folder, 'm.csv'), { from: from?.csv })];
  let stored: Stored | undefined;
  const loop = trainingLoop(parts());
  if (from !== undefined) await loop.restore(from.snapshot);
  const save = async (snapshot: Snapshot, step: number): Promise<string> => {
    stored = { snapshot, jsonl: jsonl.position, csv: csv.position };
    return `${step}`;
  };
  const evaluate = async (weights: number) => ({ episodes: [], meanReturn: weights * 2 });
  const run$ = loop.messages$.pipe(untilSteps(300), toCsv(csv), evaluateEvery({ steps: 20, evaluate }), checkpointEvery({ steps: 50, save }), toJsonl(jsonl));
  await run$.pipe(take(messages)).forEach(() => undefined);
  await loop.dispose();
  return stored;
}

describe('a run that is killed and continued from its last checkpoint', () => {
  it.each([40, 41, 42, 43, 44, 60])('leaves the same files as the uninterrupted run, killed after %i messages', async (messages) => {
    const [whole, parted] = [temporaryFolder(), temporaryFolder()];
    await run(whole, undefined);
    const stored = await run(parted, undefined, messages);
    expect(stored).toBeDefined();
    await run(parted, stored);
    for (const name of ['m.jsonl', 'm.csv']) {
      const text = readFileSync(join(whole, name), 'utf8');
      expect(text.split('\n').length).toBeGreaterThan(60);
      expect(readFileSync(join(parted, name), 'utf8')).toBe(text);
    }
  });
});
