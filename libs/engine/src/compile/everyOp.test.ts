import { beforeAll, describe, expect, it } from 'vitest';
import { type Case, cases } from '../gradients/opCases.test.fixture.js';
import { otherCases } from '../gradients/otherCases.test.fixture.js';
import { tf } from '../tf.js';
import { type Engine, engines, loadEngines, type Observation, observe, parts } from './observe.test.fixture.js';
import { opTable } from './opTable.test.fixture.js';

const observations = new Map<Case, Promise<Observation>>();

/** Each op is looked at once. */
function seenOf(test: Case): Promise<Observation> {
  const known = observations.get(test) ?? observe(test);
  observations.set(test, known);
  return known;
}

/**
 * What is not right on wasm: it lacks the kernels for the gradients of depthwise convolutions; and its arithmetic is wrong above rank 6, which the second derivative of a tile of rank 5 reaches.
 */
const notOnWasm = new Set(['depthwiseConv2d', 'tile, rank 5']);

beforeAll(loadEngines);

describe('every op: value, gradient and Hessian-vector product', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', async (name, test) => {
    const { marks, details } = await seenOf(test);
    const required: readonly Engine[] = notOnWasm.has(name) ? ['cpu', 'compiled'] : engines;
    expect(required.flatMap((engine) => parts.map((part) => marks[engine][part])), details.join('\n')).toEqual(required.flatMap(() => parts.map(() => 'equal')));
  });
});

it('OPS.md holds what was seen', async () => {
  const all = [];
  for (const test of [...cases, ...otherCases]) all.push({ test, seen: await seenOf(test) });
  const kernels = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  const message = 'libs/engine/OPS.md is not what the ops do now; if that is right, write it anew: npx vitest run src/compile/everyOp.test.ts -u (in libs/engine)';
  await expect(opTable(all, kernels), message).toMatchFileSnapshot('../../OPS.md');
});
