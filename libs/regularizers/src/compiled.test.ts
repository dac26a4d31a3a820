import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectCompiled } from '../test/expectCompiled.js';
import { entropyBonus } from './entropyBonus.js';
import { klPenalty } from './klPenalty.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Inputs = { readonly [name: string]: tf.Tensor };

describe('the regularizers of language models compiled, value and gradient', () => {
  const rng = Rng.fromSeed(13);
  const inputs = { x: rng.uniform([3, 4], -3, -0.1), anchor: rng.uniform([3, 4], -3, -0.1), mask: rng.uniform([3, 4]).greater(0.4).toFloat(), rows: rng.uniform([3]).greater(0.4).toFloat() };

  const cases: { [name: string]: (given: Inputs) => tf.Tensor } = {
    'entropyBonus of logits': ({ x, rows }) => entropyBonus(x, { of: 'logits', mask: rows }),
    'klPenalty, exact': ({ x, anchor, rows }) => klPenalty(x, anchor, { direction: 'reverse', estimator: 'exact', mask: rows }),
    'klPenalty, exact forward': ({ x, anchor, rows }) => klPenalty(x, anchor, { direction: 'forward', estimator: 'exact', mask: rows }),
    'klPenalty, straight through': ({ x, anchor, mask }) => klPenalty(x, anchor, { direction: 'reverse', estimator: 'k3', straightThrough: true, mask }),
    'klPenalty, bounded': ({ x, anchor, mask }) => klPenalty(x, anchor, { direction: 'reverse', estimator: 'k3', bound: 0.5, mask }),
  };
  for (const estimator of ['k1', 'k2', 'k3', 'scoreFunction'] as const) cases[`klPenalty, ${estimator}`] = ({ x, anchor, mask }) => klPenalty(x, anchor, { direction: 'reverse', estimator, mask });
  for (const estimator of ['k1', 'k2', 'k3'] as const) cases[`klPenalty, ${estimator} forward`] = ({ x, anchor, mask }) => klPenalty(x, anchor, { direction: 'forward', estimator, mask });

  for (const [name, term] of Object.entries(cases)) it(name, () => expectCompiled(term, inputs, 'x'));
});
