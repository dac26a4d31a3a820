import { adam, applyUpdates, compile, disposeTree, pack, Rng, tf, tidyTree, type Tree, treeMap, treeTensors, valueAndGrad } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { categorical, causalTransformer, type CausalTransformer, checkModule, parameterCount, type TransformerCache, type TransformerInput, type TransformerOptions, type TransformerParameters, writeCache, writeHostCache } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const gpt: TransformerOptions = { vocab: 7, dim: 8, layers: 2, heads: 2, context: 12 };
const llama: TransformerOptions = {
  ...gpt, heads: 4, kvHeads: 2, headDim: 4, mlpDim: 12, positions: 'rotary', norm: 'rmsNorm', activation: 'swiglu', bias: { qkv: false, output: false, mlp: false }, tied: false,
};
const qwen: TransformerOptions = { ...llama, bias: { qkv: true, output: false, mlp: false }, tied: true };
const forms: [string, TransformerOptions][] = [['as GPT-2', gpt], ['as Llama', llama], ['as Qwen2', qwen], ['exact gelu, one head of keys', { ...gpt, activation: 'gelu', kvHeads: 1 }]];

const refuse = (line: string): never => {
  throw new Error(line);
};

/** Parameters away from the start, where attention is almost uniform. */
function lively(model: CausalTransformer, rng = Rng.fromSeed(1)): TransformerParameters {
  return tidyTree(() => treeMap((leaf) => leaf.add(rng.normal(leaf.shape).mul(0.3)), model.init(rng)));
}

const ids = (rows: number[][]): tf.Tensor => tf.tensor2d(rows, undefined, 'int32');

function expectClose(actual: tf.Tensor, expected: tf.Tensor, within = 1e-5): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.sub(expected).abs().max().dataSync()[0]).toBeLessThanOrEqual(within);
}

/** The logits [n, V] of the last n tokens of a row. */
const lastOf = (logits: tf.Tensor, row: number, n: number): tf.Tensor => logits.slice([row, (logits.shape[1] as number) - n, 0], [1, n, -1]).squeeze([0]);

const sequence = [3, 1, 4, 1, 5, 2, 6];

describe.each(forms)('causalTransformer, %s', (_, options) => {
  const model = causalTransformer(options);
  const parameters = lively(model);
  const forward = (input: TransformerInput): tf.Tensor => model.apply(parameters, input).logits;

  it('keeps the module contract, with gradients', async () => {
    const input = { tokens: ids([[3, 1, 4, 1], [5, 2, 6, 5]]), mask: tf.tensor2d([[1, 1, 1, 1], [0, 0, 1, 1]]) };
    const module = { init: (rng: Rng) => lively(model, rng), apply: (p: TransformerParameters, given: TransformerInput) => model.apply(p, given).logits };
    // Only numbers at real tokens mean something.
    await checkModule(module, input, { view: (logits) => logits.mul(input.mask.expandDims(2)), step: 3e-3 });
  });

  it('sees nothing of the future, and all of the past', () => {
    const logits = forward({ tokens: ids([sequence]) });
    const changed = forward({ tokens: ids([[...sequence.slice(0, 4), 0, ...sequence.slice(5)]]) });
    expectClose(changed.slice([0, 0, 0], [1, 4, -1]), logits.slice([0, 0, 0], [1, 4, -1]), 0);
    const difference = changed.sub(logits).abs().max(2).dataSync();
    for (const t of [4, 5, 6]) expect(difference[t]).toBeGreaterThan(1e-3);
  });

  it('gives a padded row the numbers of the unpadded one, on either side', () => {
    const tokens = ids([sequence, [0, 0, 0, ...sequence.slice(3)], [...sequence.slice(3), 0, 0, 0]]);
    const mask = tf.tensor2d([[1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0]]);
    const logits = forward({ tokens, mask });
    expectClose(lastOf(logits, 0, 7), forward({ tokens: ids([sequence]) }).squeeze([0]));
    const short = forward({ tokens: ids([sequence.slice(3)]) }).squeeze<tf.Tensor>([0]);
    expectClose(lastOf(logits, 1, 4), short);
    expectClose(logits.slice([2, 0, 0], [1, 4, -1]).squeeze([0]), short);
    expect(logits.isFinite().all().dataSync()[0]).toBe(1);
  });

  it.each([[[7]], [[1, 1, 1, 1, 1, 1, 1]], [[3, 1, 2, 1]]])('goes on from a cache as the full pass does: %j tokens at once', (pieces) => {
    const tokens = ids([sequence, [0, 0, 0, ...sequence.slice(3)]]);
    const mask = tf.tensor2d([[1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1]]);
    const whole = model.apply(parameters, { tokens, mask });
    for (const length of [7, undefined]) {
      let cache: TransformerCache = model.initCache(2, length);
      let from = 0;
      for (const piece of pieces) {
        const part = (x: tf.Tensor): tf.Tensor => x.slice([0, from], [2, piece]);
        const result = model.step(parameters, { tokens: part(tokens), mask: part(mask) }, cache);
        const real = part(mask).expandDims(2);
        expectClose(result.logits.mul(real), whole.logits.slice([0, from, 0], [2, piece, -1]).mul(real));
        expectClose(result.hidden.mul(real), whole.hidden.slice([0, from, 0], [2, piece, -1]).mul(real));
        expect(result.cache.layers.map(({ key }) => key.shape)).toEqual(cache.layers.map(({ key }) => key.shape));
        cache = result.cache;
        from += piece;
      }
      expect([...cache.count.dataSync()]).toEqual([7, 4]);
    }
  });

  it('is right after a row of the cache was freed for another sequence', () => {
    const first = model.step(parameters, { tokens: ids([sequence, sequence]) }, model.initCache(2, 8)).cache;
    const reused = { ...first, count: first.count.mul(tf.tensor1d([1, 0], 'int32')) };
    const next = model.step(parameters, { tokens: ids([[2, 0, 0], [6, 5, 4]]), mask: tf.tensor2d([[1, 0, 0], [1, 1, 1]]) }, reused);
    expectClose(next.logits.slice([0, 0, 0], [1, 1, -1]), forward({ tokens: ids([[...sequence, 2]]) }).slice([0, 7, 0], [1, 1, -1]));
    expectClose(next.logits.slice([1, 0, 0], [1, 3, -1]), forward({ tokens: ids([[6, 5, 4]]) }));
    expect([...next.cache.count.dataSync()]).toEqual([8, 3]);
  });

  it('begins without a cache as with an empty one', () => {
    for (const mask of [undefined, tf.tensor2d([[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 0, 1, 1, 0]])]) {
      const input = { tokens: ids([sequence, [...sequence].reverse()]), mask };
      const [first, next] = [model.extend(parameters, input), model.extend(parameters, input, model.initCache(2))];
      const real = mask?.expandDims(2) ?? tf.ones([2, 7, 1]);
      expectClose(first.logits.mul(real), next.logits.mul(real));
      first.addition.layers.forEach(({ key, value }, i) => {
        const seen = real.expandDims(1);
        expectClose(key.mul(seen), next.addition.layers[i].key.mul(seen));
        expectClose(value.mul(seen), next.addition.layers[i].value.mul(seen));
      });
      expect([...first.addition.slots.dataSync()]).toEqual([...next.addition.slots.dataSync()]);
      expect([...first.addition.count.dataSync()]).toEqual([...next.addition.count.dataSync()]);
    }
  });

  it('trains compiled as eagerly', async () => {
    const optimizer = adam(0.01);
    type State = { readonly parameters: TransformerParameters; readonly optimizer: Tree };
    const update = (state: State, batch: { readonly tokens: tf.Tensor; readonly mask: tf.Tensor; readonly next: tf.Tensor }) => {
      const { loss, grads } = valueAndGrad((p: TransformerParameters) => {
        const { logits } = model.apply(p, { tokens: batch.tokens, mask: batch.mask });
        return categorical(logits).logProb(batch.next).mul(batch.mask).sum().div(batch.mask.sum()).neg() as tf.Scalar;
      })(state.parameters);
      const { updates, state: next } = optimizer.update(grads, state.optimizer as never, state.parameters);
      return { state: { parameters: applyUpdates(state.parameters, updates), optimizer: next as Tree }, metrics: { loss } };
    };
    const batch = { tokens: ids([sequence.slice(0, -1), [0, 0, 1, 4, 1, 5]]), mask: tf.tensor2d([[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1]]), next: ids([sequence.slice(1), [0, 1, 4, 1, 5, 2]]) };
    const step = compile(update, { warn: refuse });
    let eager: State = { parameters, optimizer: optimizer.init(parameters) };
    let packed = pack(eager);
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const result = await step(packed, batch);
      const expected = update(eager, batch);
      losses.push(expected.metrics.loss.dataSync()[0]);
      expect(result.metrics.toNumbers()['loss']).toBeCloseTo(losses[i], 4);
      packed = result.state;
      eager = expected.state;
    }
    expect(losses[9]).toBeLessThan(losses[0] - 0.3);
    expect(step.forms.map(({ how }) => how)).toEqual(['compiled']);
    await step.dispose();
  });

  it('generates compiled, in one form for all tokens', async () => {
    const step = compile((p: TransformerParameters, input: TransformerInput, cache: TransformerCache) => model.step(p, input, cache), { warn: refuse });
    const extend = compile((p: TransformerParameters, input: TransformerInput, cache: TransformerCache) => model.extend(p, input, cache), { warn: refuse });
    const weights = pack(parameters);
    let cache = pack(model.initCache(2));
    const written = pack(model.initCache(2));
    const rows = [sequence, [...sequence].reverse()];
    const whole = forward({ tokens: ids(rows) });
    for (let t = 0; t < sequence.length; t++) {
      const tokens = ids(rows.map((row) => [row[t]]));
      const expected = whole.slice([0, t, 0], [2, 1, -1]);
      const result = await step(weights, { tokens }, cache);
      expectClose(result.logits.toTensors(), expected);
      cache = result.cache;
      const { logits, addition } = await extend(weights, { tokens }, written);
      expectClose(logits.toTensors(), expected);
      writeHostCache(written.toHost(), addition.toHost());
    }
    const caches = [cache, written].map((each) => treeTensors(each.toTensors()));
    caches[0].forEach((tensor, i) => expectClose(caches[1][i], tensor, 1e-6));
    for (const { forms: made } of [step, extend]) expect(made.map(({ how }) => how)).toEqual(['compiled']);
    await step.dispose();
    await extend.dispose();
  });
});

describe('causalTransformer', () => {
  it('has the parameters that its form says', () => {
    // GPT-2: embeddings, and per layer 12·D² + 13·D, and the last norm.
    expect(parameterCount(causalTransformer(gpt).init(Rng.fromSeed(1)))).toBe(7 * 8 + 12 * 8 + 2 * (12 * 64 + 13 * 8) + 16);
    // Llama: tables twice; per layer q and o [8, 16], k and v [8, 8], three [8, 12], two norms.
    expect(parameterCount(causalTransformer(llama).init(Rng.fromSeed(1)))).toBe(2 * 7 * 8 + 2 * (2 * 128 + 2 * 64 + 3 * 96 + 16) + 8);
    expect(parameterCount(causalTransformer(qwen).init(Rng.fromSeed(1)))).toBe(7 * 8 + 2 * (2 * 128 + 2 * 64 + 3 * 96 + 16 + 32) + 8);
  });

  it('sees both sides where attention is full, but no padding', () => {
    const model = causalTransformer({ ...llama, attention: 'full' });
    const parameters = lively(model);
    const logits = model.apply(parameters, { tokens: ids([sequence]) }).logits;
    const changed = model.apply(parameters, { tokens: ids([[...sequence.slice(0, 6), 0]]) }).logits;
    expect(Math.min(...changed.sub(logits).abs().max(2).dataSync())).toBeGreaterThan(1e-4);
    const padded = model.apply(parameters, { tokens: ids([[...sequence, 0, 0]]), mask: tf.tensor2d([[1, 1, 1, 1, 1, 1, 1, 0, 0]]) }).logits;
    expectClose(padded.slice([0, 0, 0], [1, 7, -1]), logits);
    expect(() => model.initCache(1)).toThrow('causalTransformer: a cache needs causal attention, this one is full');
  });

  it('writes real tokens into slots of their rows, on the host as by tensors', () => {
    const cache = { layers: [{ key: tf.range(0, 12).reshape([2, 1, 3, 2]), value: tf.zeros([2, 1, 3, 2]) }], count: tf.tensor1d([1, 0], 'int32') };
    const addition = {
      layers: [{ key: tf.tensor4d([100, 101, 102, 103, 104, 105, 106, 107], [2, 1, 2, 2]), value: tf.ones([2, 1, 2, 2]) }],
      slots: tf.tensor2d([[1, 2], [-1, 0]], undefined, 'int32'),
      count: tf.tensor1d([3, 1], 'int32'),
    };
    const key = [0, 1, 100, 101, 102, 103, 106, 107, 8, 9, 10, 11];
    const value = [0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0];
    const after = writeCache(cache, addition);
    expect([...after.layers[0].key.dataSync()]).toEqual(key);
    expect([...after.layers[0].value.dataSync()]).toEqual(value);
    expect([...after.count.dataSync()]).toEqual([3, 1]);
    const host = pack(cache).toHost();
    writeHostCache(host, pack(addition).toHost());
    expect([...host.layers[0].key.data]).toEqual(key);
    expect([...host.layers[0].value.data]).toEqual(value);
    expect([...host.count.data]).toEqual([3, 1]);
    const shared = pack(cache).toHost();
    writeHostCache(shared, pack(addition).toHost(), [-1, 0]);
    expect([...shared.layers[0].key.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 100, 101, 102, 103]);
    expect([...shared.layers[0].value.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect([...shared.count.data]).toEqual([1, 3]);
    const beyond = pack({ ...addition, slots: tf.tensor2d([[1, 3], [-1, 0]], undefined, 'int32') }).toHost();
    expect(() => writeHostCache(host, beyond)).toThrow('a token at position 3 has no room in a cache of 3');
  });

  it('fails where a cache has no room left', () => {
    for (const options of [gpt, llama]) {
      const model = causalTransformer(options);
      const parameters = model.init(Rng.fromSeed(1));
      const { cache } = model.step(parameters, { tokens: ids([[1, 2, 3]]) }, model.initCache(1, 3));
      expect(() => model.step(parameters, { tokens: ids([[4]]) }, cache)).toThrow('not in [0, 2]');
    }
  });

  it('leaks nothing', () => {
    const model = causalTransformer(qwen);
    const parameters = model.init(Rng.fromSeed(1));
    const cache = model.initCache(1);
    const tokens = ids([[1, 2]]);
    const before = tf.memory().numTensors;
    tf.dispose(model.apply(parameters, { tokens }));
    tf.dispose(model.trunk.apply(parameters, { tokens }));
    const { logits, hidden, cache: next } = model.step(parameters, { tokens }, cache);
    tf.dispose([logits, hidden, next.count, ...next.layers.flatMap(({ key, value }) => [key, value])]);
    expect(tf.memory().numTensors).toBe(before);
    const extension = model.extend(parameters, { tokens }, cache);
    expect(tf.memory().numTensors - before).toBe(2 + treeTensors(extension.addition).length);
    const written = writeCache(cache, extension.addition);
    disposeTree(extension.addition, written);
    tf.dispose([extension.logits, extension.hidden]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what does not fit', () => {
    expect(() => causalTransformer({ ...gpt, heads: 3 })).toThrow('dim 8 cannot be shared by 3 heads; give headDim');
    expect(() => causalTransformer({ ...gpt, kvHeads: 0 })).toThrow('kvHeads should be a positive integer, got 0');
    expect(() => causalTransformer({ ...llama, kvHeads: 3 })).toThrow('4 heads cannot share 3 heads of keys and values evenly');
    expect(() => causalTransformer({ ...llama, headDim: 3 })).toThrow('headDim should be even, got 3');
    const model = causalTransformer(gpt);
    const parameters = model.init(Rng.fromSeed(1));
    expect(() => model.apply(parameters, { tokens: tf.zeros([3], 'int32') })).toThrow('tokens should be [B, T], got [3]');
    expect(() => model.apply(parameters, { tokens: tf.zeros([1, 13], 'int32') })).toThrow('13 tokens are more than the context of 12');
    expect(() => model.apply(parameters, { tokens: tf.zeros([1, 3], 'int32'), mask: tf.ones([1, 2]) })).toThrow('the mask [1, 2] should have the shape of the tokens [1, 3]');
    expect(() => model.initCache(1, 13)).toThrow('a cache of 13 tokens is longer than the context of 12');
  });
});
