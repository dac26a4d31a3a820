import { compile, Rng, tensorCount, tf, tidyTree, treeMap } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { causalTransformer, checkModule, loraAdapter, maskedDiffusionLm, type MaskedDiffusionLmOptions, type TransformerInput, type TransformerParameters } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const V = 6;
const tied: MaskedDiffusionLmOptions = { vocab: V, dim: 8, layers: 2, heads: 2, context: 12 };
const untied: MaskedDiffusionLmOptions = { ...tied, positions: 'rotary', norm: 'rmsNorm', activation: 'swiglu', tied: false };
const ids = (rows: number[][]): tf.Tensor => tf.tensor2d(rows, undefined, 'int32');

describe.each([['as GPT-2', tied], ['as Llama', untied]])('maskedDiffusionLm, %s', (_, options) => {
  const model = maskedDiffusionLm(options);
  // Away from the start, where attention is almost uniform.
  const lively = (rng: Rng): TransformerParameters => tidyTree(() => treeMap((leaf) => leaf.add(rng.normal(leaf.shape).mul(0.3)), model.init(rng)));
  const parameters = lively(Rng.fromSeed(1));
  const logitsOf = (input: TransformerInput): tf.Tensor => model.apply(parameters, input).logits;
  const M = model.maskToken;

  it('keeps the module contract, with gradients', async () => {
    const input = { tokens: ids([[3, M, 4, M], [5, 2, M, 5]]), mask: tf.tensor2d([[1, 1, 1, 1], [0, 1, 1, 1]]) };
    const module = { init: lively, apply: (p: TransformerParameters, given: TransformerInput) => model.apply(p, given).logits };
    await checkModule(module, input, { view: (logits) => logits.mul(input.mask.expandDims(2)), step: 3e-3 });
  });

  it('reads one token more than it writes', () => {
    expect(M).toBe(V);
    expect(model.form.vocab).toBe(V + 1);
    const { logits, hidden } = model.apply(parameters, { tokens: ids([[M, 1, M]]) });
    expect(logits.shape).toEqual([1, 3, V]);
    expect([...model.logits(parameters, hidden.slice([0, 1, 0], [1, 1, -1])).dataSync()]).toEqual([...logits.slice([0, 1, 0], [1, 1, -1]).dataSync()]);
  });

  it('gives the logits of the transformer that it is, without those of the mask token', () => {
    const whole = causalTransformer({ ...options, vocab: V + 1, attention: 'full' });
    const tokens = ids([[M, 1, 2, M]]);
    const expected = whole.apply(parameters, { tokens }).logits.slice([0, 0, 0], [1, 4, V]);
    expect([...logitsOf({ tokens }).dataSync()]).toEqual([...expected.dataSync()]);
  });

  it('sees both sides, and whether a token is hidden', () => {
    const row = [3, M, 4, 1, 5];
    const logits = logitsOf({ tokens: ids([row]) });
    for (const at of [0, 2, 3, 4]) {
      for (const other of [2, M]) {
        const changed = logitsOf({ tokens: ids([row.map((token, i) => (i === at ? other : token))]) });
        expect(changed.sub(logits).slice([0, 1, 0], [1, 1, -1]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
      }
    }
  });

  it('gives a padded row the numbers of the unpadded one, on either side', () => {
    const row = [3, M, 4, 1];
    const expected = logitsOf({ tokens: ids([row]) });
    const tokens = ids([[5, 5, ...row], [...row, 5, 5]]);
    const logits = logitsOf({ tokens, mask: tf.tensor2d([[0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]]) });
    expect(logits.slice([0, 2, 0], [1, 4, -1]).sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    expect(logits.slice([1, 0, 0], [1, 4, -1]).sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-5);
    expect(logits.isFinite().all().dataSync()[0]).toBe(1);
  });

  it('runs compiled, and leaves no tensor behind', async () => {
    const tokens = ids([[3, M, 4, M]]);
    const forward = compile((p: TransformerParameters, given: tf.Tensor) => ({ logits: model.apply(p, { tokens: given }).logits }), { warn: (line) => { throw new Error(line); } });
    const before = tensorCount();
    const compiled = (await forward(parameters, tokens)).logits.toHost() as { data: ArrayLike<number> };
    expect(tensorCount()).toBe(before);
    logitsOf({ tokens }).dataSync().forEach((value, i) => expect(Math.abs(value - compiled.data[i])).toBeLessThan(1e-5));
    await forward.dispose();
  });

  it('takes adapters, which begin as nothing', () => {
    const lora = loraAdapter({ rank: 2, targets: ['query', 'value'] });
    const adapted = lora.attach(parameters, lora.init(Rng.fromSeed(2), parameters));
    const tokens = ids([[3, M, 4]]);
    expect([...model.apply(adapted, { tokens }).logits.dataSync()]).toEqual([...logitsOf({ tokens }).dataSync()]);
  });
});

describe('maskedDiffusionLm', () => {
  it('says what does not fit', () => {
    expect(() => maskedDiffusionLm({ ...tied, vocab: 0 })).toThrow('maskedDiffusionLm: vocab should be a positive integer, got 0');
    expect(() => maskedDiffusionLm(tied).initCache(1)).toThrow('a cache needs causal attention');
  });
});
