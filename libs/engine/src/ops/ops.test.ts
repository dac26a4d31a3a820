import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tensorCount } from '../tensorCount.js';
import { tf } from '../tf.js';

const numbers = (x: tf.Tensor) => [...x.dataSync<'float32'>()];

/** Σ over all letters that are not in the output, by one loop over the values of all letters. */
function einsumByLoops(equation: string, tensors: tf.Tensor[]): { shape: number[]; values: number[] } {
  const [inputs, output] = equation.split('->');
  const terms = inputs.split(',');
  const letters = [...new Set(terms.join(''))];
  const size = (letter: string) => {
    const i = terms.findIndex((term) => term.includes(letter));
    return tensors[i].shape[terms[i].indexOf(letter)];
  };
  const offset = (term: string, at: Map<string, number>) => [...term].reduce((sum, letter) => sum * size(letter) + (at.get(letter) ?? 0), 0);
  const shape = [...output].map(size);
  const values = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0);
  const data = tensors.map(numbers);
  const total = letters.reduce((product, letter) => product * size(letter), 1);
  for (let n = 0; n < total; n++) {
    let rest = n;
    const at = new Map(letters.map((letter) => { const value = rest % size(letter); rest = Math.floor(rest / size(letter)); return [letter, value]; }));
    values[offset(output, at)] += terms.reduce((product, term, i) => product * data[i][offset(term, at)], 1);
  }
  return { shape, values };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('einsum', () => {
  const sizes: { readonly [letter: string]: number } = { a: 2, b: 3, c: 4, d: 2, h: 1, t: 3, s: 5 };
  it.each(['ab,bc->ac', 'ab,bc->ca', 'abc,cd->abd', 'bhtd,bhsd->bhts', 'ab,ab->', 'ab,ab->ab', 'ab,ab->ba', 'a,b->ab', 'ab,c->c', 'ab,c->', 'ab->ba', 'ab->ab', 'abc->b', 'ab->', ',ab->ba', 'ab,bc,cd->da', 'abc,abd,acd->ad', 'ab,b,a->'])('%s', (equation) => {
    tf.tidy(() => {
      const rng = Rng.fromSeed(2);
      const tensors = equation.split('->')[0].split(',').map((term) => rng.normal([...term].map((letter) => sizes[letter])));
      const before = tensorCount();
      const actual = tf.einsum(equation, ...tensors);
      expect(tensorCount()).toBe(before + 1);
      const expected = einsumByLoops(equation, tensors);
      expect(actual.shape).toEqual(expected.shape);
      numbers(actual).forEach((value, i) => expect(value).toBeCloseTo(expected.values[i], 4));
    });
  });

  it('says what is wrong with an equation', () => {
    const x = tf.zeros([2, 3]);
    expect(() => tf.einsum('ab', x)).toThrow("'ab' is not of the form");
    expect(() => tf.einsum('ab,bc->ac', x)).toThrow('has 2 inputs, but 1 tensors were given');
    expect(() => tf.einsum('abc->a', x)).toThrow("'abc' in 'abc->a' needs rank 3, got the shape [2, 3]");
    expect(() => tf.einsum('ab,ac->bc', x, tf.zeros([3, 2]))).toThrow("'a' in 'ab,ac->bc' is 2 in one input and 3 in another");
    expect(() => tf.einsum('aa->a', tf.zeros([2, 2]))).toThrow('repeats a label');
    expect(() => tf.einsum('ab->ac', x)).toThrow("'c' in the output of 'ab->ac' is in no input");
  });
});

describe('matMul', () => {
  it('broadcasts leading axes on both sides', () => {
    const rng = Rng.fromSeed(4);
    const [a, b] = [rng.normal([2, 1, 2, 3]), rng.normal([4, 3, 2])];
    const product = tf.matMul(a, b);
    expect(product.shape).toEqual([2, 4, 2, 2]);
    expect(numbers(a.matMul(b))).toEqual(numbers(product));
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 4; j++) {
        const alone = tf.matMul(a.slice([i, 0, 0, 0], [1, 1, 2, 3]).reshape([2, 3]) as tf.Tensor2D, b.slice([j, 0, 0], [1, 3, 2]).reshape([3, 2]) as tf.Tensor2D);
        expect(numbers(product.slice([i, j, 0, 0], [1, 1, 2, 2]))).toEqual(numbers(alone));
      }
    }
  });

  it('refuses leading axes that do not broadcast', () => {
    expect(() => tf.matMul(tf.zeros([2, 1, 1]), tf.zeros([3, 1, 1]))).toThrow();
  });
});

describe('cumsum and cumprod', () => {
  it('count axes from the end, as functions and as methods', () => {
    const x = tf.tensor2d([[1, 2, 3], [4, 5, 6]]);
    expect(numbers(tf.cumsum(x, -1))).toEqual([1, 3, 6, 4, 9, 15]);
    expect(numbers(x.cumsum(-2, true, true))).toEqual([4, 5, 6, 0, 0, 0]);
    expect(numbers(tf.cumprod(x, -1))).toEqual([1, 2, 6, 4, 20, 120]);
    expect(numbers(x.cumprod(-2))).toEqual([1, 2, 3, 4, 10, 18]);
    expect(numbers(tf.cumsum([1, 2, 3], -1))).toEqual([1, 3, 6]);
  });
});

describe('logSigmoid', () => {
  it('is accurate far out on both sides', () => {
    expect(numbers(tf.logSigmoid(tf.tensor1d([-100, 0, 100]))).map((x) => Math.round(x * 1e5) / 1e5)).toEqual([-100, -0.69315, -0]);
  });
});
