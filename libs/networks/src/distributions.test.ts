import { Rng, tf } from '@rivulet/engine';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertMask, bernoulli, categorical, checkGradients, deterministic, type Distribution, gaussian, mixture, multiDiscrete, tanhGaussian } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

function expectClose(actual: tf.Tensor, expected: number[], digits = 5): void {
  const values = numbers(actual);
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

/** Midpoints and width of n cells of [low, high]. */
function grid(low: number, high: number, n: number): { points: tf.Tensor; width: number } {
  const width = (high - low) / n;
  return { points: tf.tensor2d(Array.from({ length: n }, (_, i) => low + (i + 0.5) * width), [n, 1]), width };
}

const normalLogDensity = (x: number, mean: number, std: number): number => -0.5 * ((x - mean) / std) ** 2 - Math.log(std) - 0.5 * Math.log(2 * Math.PI);

/** Mean of -log p and of log p - log q over n samples of one distribution, with standard errors. */
function monteCarlo(p: (n: number) => Distribution, q: (n: number) => Distribution, n: number): { entropy: number; entropyError: number; kl: number; klError: number } {
  return tf.tidy(() => {
    const many = p(n);
    const { sample, logProb } = many.sampleWithLogProb(many.noise(Rng.fromSeed(11)));
    const error = (x: tf.Tensor): number => Math.sqrt(tf.moments(x).variance.dataSync()[0] / n);
    const ratio = logProb.sub(q(n).logProb(sample));
    return { entropy: -logProb.mean().dataSync()[0], entropyError: error(logProb), kl: ratio.mean().dataSync()[0], klError: error(ratio) };
  });
}

const rowsOf = (row: number[], n: number): tf.Tensor => tf.tile(tf.tensor2d([row]), [n, 1]);

/** Every method, for leaks and shapes. */
function useAll(distribution: Distribution, options: { entropy?: boolean; kl?: boolean } = {}): tf.Tensor[] {
  const noise = distribution.noise(Rng.fromSeed(1));
  const { sample, logProb } = distribution.sampleWithLogProb(noise);
  const results = [noise, sample, logProb, distribution.sample(noise), distribution.mode(), distribution.logProb(sample)];
  if (options.entropy !== false) results.push(distribution.entropy());
  if (options.kl !== false) results.push(distribution.kl(distribution));
  return results;
}

describe('categorical', () => {
  const logits = tf.tensor2d([[Math.log(0.2), Math.log(0.3), Math.log(0.5)]]).add(7);

  it('has the hand-computed log-probabilities, entropy and mode', () => {
    const p = categorical(logits);
    expectClose(p.logProb(tf.tensor1d([1], 'int32')), [Math.log(0.3)]);
    expectClose(p.logProbs().exp(), [0.2, 0.3, 0.5]);
    expectClose(p.entropy(), [-(0.2 * Math.log(0.2) + 0.3 * Math.log(0.3) + 0.5 * Math.log(0.5))]);
    expect(numbers(p.mode())).toEqual([2]);
  });

  it('has the hand-computed KL', () => {
    const q = categorical(tf.tensor2d([[0, 0, 0]]));
    expectClose(categorical(logits).kl(q), [0.2 * Math.log(0.6) + 0.3 * Math.log(0.9) + 0.5 * Math.log(1.5)]);
    expectClose(q.kl(q), [0]);
  });

  it('is stable for large logits', () => {
    const p = categorical(tf.tensor2d([[1000, 0, -1000]]));
    expectClose(p.logProbs(), [0, -1000, -2000]);
    expectClose(p.entropy(), [0]);
  });

  it('samples by its law (chi-square), and sampleWithLogProb agrees with sample and logProb', () => {
    const n = 20_000;
    const p = categorical(tf.tile(logits, [n, 1]));
    const noise = p.noise(Rng.fromSeed(3));
    const { sample, logProb } = p.sampleWithLogProb(noise);
    expect(sample.dtype).toBe('int32');
    expect(sample.shape).toEqual([n]);
    const counts = [0, 0, 0];
    for (const event of numbers(sample)) counts[event]++;
    const chi = [0.2, 0.3, 0.5].reduce((total, w, i) => total + (counts[i] - n * w) ** 2 / (n * w), 0);
    // The 99.9 % point with two degrees of freedom.
    expect(chi).toBeLessThan(13.82);
    expect(numbers(p.sample(noise))).toEqual(numbers(sample));
    expect(numbers(p.logProb(sample))).toEqual(numbers(logProb));
  });

  it('entropy and KL match Monte Carlo', () => {
    const q = [[0.3, -1, 0.4]];
    const p1 = categorical(logits);
    const estimate = monteCarlo((n) => categorical(tf.tile(logits, [n, 1])), (n) => categorical(rowsOf(q[0], n)), 20_000);
    expect(Math.abs(estimate.entropy - numbers(p1.entropy())[0])).toBeLessThan(4 * estimate.entropyError);
    expect(Math.abs(estimate.kl - numbers(p1.kl(categorical(tf.tensor2d(q))))[0])).toBeLessThan(4 * estimate.klError);
  });

  it('differentiates', async () => {
    const x = Rng.fromSeed(1).normal([4, 3]);
    const y = Rng.fromSeed(2).normal([4, 3]);
    const event = tf.tensor1d([0, 2, 1, 1], 'int32');
    await checkGradients((l) => categorical(l).logProb(event), [x]);
    await checkGradients((l) => categorical(l).entropy(), [x]);
    await checkGradients((a, b) => categorical(a).kl(categorical(b)), [x, y]);
  });

  it('samples carry no gradient, their log-probabilities that of the score', () => {
    const x = Rng.fromSeed(1).normal([4, 3]);
    const noise = Rng.fromSeed(2).gumbel([4, 3]);
    const event = categorical(x).sample(noise);
    const score = tf.grad((l: tf.Tensor) => categorical(l).sampleWithLogProb(noise).logProb.sum())(x);
    expectClose(score, numbers(tf.grad((l: tf.Tensor) => categorical(l).logProb(event).sum())(x)), 6);
  });

  it('takes [B, T] and float events', () => {
    const p = categorical(Rng.fromSeed(1).normal([2, 3, 4]));
    const event = p.sample(p.noise(Rng.fromSeed(5)));
    expect(event.shape).toEqual([2, 3]);
    expect(p.logProb(event.toFloat()).shape).toEqual([2, 3]);
    expect(p.entropy().shape).toEqual([2, 3]);
  });

  it('log-probabilities sum to one', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 }), (row) => {
        const total = tf.tidy(() => categorical(tf.tensor2d([row])).logProbs().exp().sum().dataSync()[0]);
        expect(total).toBeCloseTo(1, 5);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe('categorical with a mask', () => {
  const logits = tf.tensor2d([[1, 2, 3], [0.5, -0.5, 4]]);
  const mask = tf.tensor2d([[1, 1, 0], [1, 0, 0]]);

  it('equals the categorical over the allowed outcomes alone', () => {
    const p = categorical(logits, { mask });
    const small = categorical(tf.tensor2d([[1, 2]]));
    const all = numbers(p.logProbs().exp());
    const allowed = numbers(small.logProbs().exp());
    expect(all[0]).toBeCloseTo(allowed[0], 6);
    expect(all[1]).toBeCloseTo(allowed[1], 6);
    expect(all.slice(2)).toEqual([0, 1, 0, 0]);
    expectClose(p.entropy(), [numbers(small.entropy())[0], 0], 6);
    expect(numbers(p.mode())).toEqual([1, 0]);
    const q = categorical(tf.tensor2d([[0, 1.5, 9], [3, 3, 3]]), { mask });
    expectClose(p.kl(q), [numbers(small.kl(categorical(tf.tensor2d([[0, 1.5]]))))[0], 0], 6);
    // Against an unmasked one: the second row is certain of outcome 0, which q gives 1/3.
    expectClose(p.kl(categorical(tf.zeros([2, 3]))), [Math.log(3) - numbers(small.entropy())[0], Math.log(3)], 5);
  });

  it('never samples what is masked out', () => {
    const p = categorical(tf.tile(logits, [500, 1]), { mask: tf.tile(mask, [500, 1]) });
    numbers(p.sample(p.noise(Rng.fromSeed(1)))).forEach((event, i) => expect(event).toBeLessThan(i % 2 === 0 ? 2 : 1));
  });

  it('gives masked logits no gradient, and the others the right one', async () => {
    const event = tf.tensor1d([1, 0], 'int32');
    const loss = (l: tf.Tensor): tf.Tensor => {
      const p = categorical(l, { mask });
      return p.logProb(event).add(p.entropy()).sum();
    };
    const gradient = numbers(tf.grad(loss)(logits));
    expect(gradient.map((g, i) => [2, 4, 5].includes(i) && g !== 0)).not.toContain(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
    await checkGradients(loss, [logits]);
  });

  it('survives infinities among the masked logits', () => {
    const p = categorical(tf.tensor2d([[0, -Infinity]]), { mask: tf.tensor2d([[1, 0]]) });
    expectClose(p.entropy(), [0]);
    expectClose(p.logProb(tf.tensor1d([0], 'int32')), [0]);
  });

  it('refuses a mask of another shape, and masks that allow nothing, on the host', () => {
    expect(() => categorical(logits, { mask: tf.ones([2, 2]) })).toThrow('the mask [2, 2] should have the shape of the logits [2, 3]');
    expect(() => assertMask({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(1, 0, 0, 0) })).toThrow('row 1 allows no action at all');
    expect(() => assertMask({ dtype: 'uint8', shape: [1, 2], data: Uint8Array.of(1, 3) })).toThrow('entries must be 0 or 1, got 3');
    assertMask({ dtype: 'uint8', shape: [2, 2], data: Uint8Array.of(1, 0, 0, 1) });
  });
});

describe('multiDiscrete', () => {
  const logits = Rng.fromSeed(4).normal([5, 6]);
  const nvec = [2, 3, 1];

  it('is the product of its categoricals', () => {
    const p = multiDiscrete(logits, nvec);
    const parts = tf.split(logits, nvec, 1).map((part) => categorical(part));
    const event = tf.tensor2d([[0, 2, 0], [1, 1, 0], [0, 0, 0], [1, 2, 0], [1, 0, 0]], [5, 3], 'int32');
    const columns = tf.unstack(event, 1);
    const total = (tensors: tf.Tensor[]): number[] => numbers(tf.addN(tensors));
    expectClose(p.logProb(event), total(parts.map((part, k) => part.logProb(columns[k]))));
    expectClose(p.entropy(), total(parts.map((part) => part.entropy())));
    const q = multiDiscrete(tf.zeros([5, 6]), nvec);
    expectClose(p.kl(q), numbers(p.entropy()).map((entropy) => Math.log(6) - entropy));
    const sample = p.sample(p.noise(Rng.fromSeed(1)));
    expect([sample.shape, sample.dtype]).toEqual([[5, 3], 'int32']);
    expect(p.mode().shape).toEqual([5, 3]);
  });

  it('probabilities of all events sum to one', () => {
    const p = multiDiscrete(tf.tile(logits.slice([0], [1]), [6, 1]), nvec);
    const all = tf.tensor2d([0, 1].flatMap((a) => [0, 1, 2].map((b) => [a, b, 0])), [6, 3], 'int32');
    expect(p.logProb(all).exp().sum().dataSync()[0]).toBeCloseTo(1, 5);
  });

  it('masks and differentiates', async () => {
    const mask = tf.tensor2d([1, 0, 1, 1, 0, 1], [1, 6]).tile([5, 1]);
    const p = multiDiscrete(logits, nvec, { mask });
    const sample = numbers(p.sample(p.noise(Rng.fromSeed(2))));
    sample.forEach((event, i) => expect(event).toBeLessThan([1, 2, 1][i % 3]));
    const event = p.mode();
    await checkGradients((l) => multiDiscrete(l, nvec, { mask }).logProb(event), [logits]);
  });

  it('says which size is wrong', () => {
    expect(() => multiDiscrete(logits, [2, 3])).toThrow('multiDiscrete: the last axis should have 5 entries, got the shape [5, 6]');
  });
});

describe('gaussian', () => {
  const mean = tf.tensor2d([[0.5, -1]]);
  const std = tf.tensor2d([[2, 0.5]]);

  it('has the hand-computed log-density, entropy and KL', () => {
    const p = gaussian(mean, std);
    expectClose(p.logProb(tf.tensor2d([[1.5, -0.5]])), [normalLogDensity(1.5, 0.5, 2) + normalLogDensity(-0.5, -1, 0.5)]);
    expectClose(p.entropy(), [Math.log(2 * Math.PI * Math.E) + Math.log(2 * 0.5)]);
    const q = gaussian(tf.zeros([1, 2]), tf.ones([1, 2]));
    expectClose(p.kl(q), [0.5 * (4 + 0.25 - 1) - Math.log(2) + 0.5 * (0.25 + 1 - 1) - Math.log(0.5)]);
    expectClose(p.kl(p), [0]);
    expectClose(p.mode(), [0.5, -1]);
  });

  it('integrates to one', () => {
    const { points, width } = grid(-15, 15, 3000);
    expect(gaussian(tf.fill([3000, 1], 0.5), tf.fill([3000, 1], 2)).logProb(points).exp().sum().dataSync()[0] * width).toBeCloseTo(1, 4);
  });

  it('broadcasts its std', () => {
    const wide = gaussian(tf.zeros([3, 4, 2]), tf.tensor1d([1, 2]));
    expect(wide.std.shape).toEqual([3, 4, 2]);
    expect(wide.entropy().shape).toEqual([3, 4]);
  });

  it('samples have its moments, and sampleWithLogProb agrees with logProb', () => {
    const n = 20_000;
    const p = gaussian(rowsOf([0.5, -1], n), rowsOf([2, 0.5], n));
    const { sample, logProb } = p.sampleWithLogProb(p.noise(Rng.fromSeed(3)));
    const { mean: m, variance: v } = tf.moments(sample, 0);
    [0.5, -1].forEach((expected, i) => expect(Math.abs(numbers(m)[i] - expected)).toBeLessThan((4 * [2, 0.5][i]) / Math.sqrt(n)));
    [4, 0.25].forEach((expected, i) => expect(Math.abs(numbers(v)[i] / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / n)));
    expect(logProb.sub(p.logProb(sample)).abs().max().dataSync()[0]).toBeLessThan(1e-4);
  });

  it('KL matches Monte Carlo', () => {
    const estimate = monteCarlo((n) => gaussian(rowsOf([0.5, -1], n), rowsOf([2, 0.5], n)), (n) => gaussian(rowsOf([0, 0], n), rowsOf([1, 2], n)), 20_000);
    expect(Math.abs(estimate.kl - numbers(gaussian(mean, std).kl(gaussian(tf.zeros([1, 2]), tf.tensor2d([[1, 2]]))))[0])).toBeLessThan(4 * estimate.klError);
    expect(Math.abs(estimate.entropy - numbers(gaussian(mean, std).entropy())[0])).toBeLessThan(4 * estimate.entropyError);
  });

  it('differentiates, through samples too', async () => {
    const event = tf.tensor2d([[1.5, -0.5]]);
    const noise = tf.tensor2d([[0.3, -1.2]]);
    await checkGradients((m, s) => gaussian(m, s).logProb(event), [mean, std]);
    await checkGradients((s) => gaussian(mean, s).entropy(), [std]);
    await checkGradients((m, s) => gaussian(m, s).kl(gaussian(event, std)), [mean, std]);
    await checkGradients((m, s) => gaussian(m, s).sample(noise).square(), [mean, std]);
    // The log-probability of mean + std·noise does not depend on the mean.
    await checkGradients((s) => gaussian(mean, s).sampleWithLogProb(noise).logProb, [std]);
  });
});

describe('tanhGaussian', () => {
  const mean = tf.tensor2d([[0.5, -1]]);
  const std = tf.tensor2d([[0.8, 0.5]]);

  it('has the density of the change of variables', () => {
    const a = [0.3, -0.9];
    const expected = a.reduce((total, x, i) => total + normalLogDensity(Math.atanh(x), [0.5, -1][i], [0.8, 0.5][i]) - Math.log(1 - x * x), 0);
    expectClose(tanhGaussian(mean, std).logProb(tf.tensor2d([a])), [expected]);
  });

  it('integrates to one', () => {
    const { points, width } = grid(-1, 1, 4000);
    expect(tanhGaussian(tf.fill([4000, 1], 0.5), tf.fill([4000, 1], 0.8)).logProb(points).exp().sum().dataSync()[0] * width).toBeCloseTo(1, 4);
  });

  it('sampleWithLogProb agrees with logProb where float32 can tell, and stays finite and right in saturation', () => {
    const noise = tf.tensor2d([[0.1, -2], [1.5, 2], [-1, 0]]);
    const wide = tanhGaussian(tf.tile(mean, [3, 1]), tf.tile(std, [3, 1]));
    const { sample, logProb } = wide.sampleWithLogProb(noise);
    expectClose(wide.logProb(sample), numbers(logProb), 3);
    const far = tanhGaussian(tf.tensor2d([[20], [-20]]), tf.ones([2, 1]));
    // u = ±20: log N = -½log 2π, log(1 - tanh² u) = log 4 - 2·20 up to 1e-17.
    expectClose(far.sampleWithLogProb(tf.zeros([2, 1])).logProb, [38.613705639 - 0.918938533, 38.613705639 - 0.918938533], 4);
    expect(numbers(far.logProb(tf.tensor2d([[1], [-1]]))).every(Number.isFinite)).toBe(true);
  });

  it('KL equals that of the normals, entropy throws with a remedy', () => {
    const q = tanhGaussian(tf.zeros([1, 2]), tf.ones([1, 2]));
    const p = tanhGaussian(mean, std);
    expectClose(p.kl(q), numbers(gaussian(mean, std).kl(gaussian(tf.zeros([1, 2]), tf.ones([1, 2])))));
    const estimate = monteCarlo((n) => tanhGaussian(rowsOf([0.5, -1], n), rowsOf([0.8, 0.5], n)), (n) => tanhGaussian(rowsOf([0, 0], n), rowsOf([1, 1], n)), 20_000);
    expect(Math.abs(estimate.kl - numbers(p.kl(q))[0])).toBeLessThan(4 * estimate.klError);
    expect(() => p.entropy()).toThrow(/no closed form; estimate it/);
    expect(() => p.kl(gaussian(mean, std))).toThrow('a tanhGaussian distribution has a divergence to another tanhGaussian only, got gaussian');
  });

  it('differentiates, through samples too', async () => {
    const noise = tf.tensor2d([[0.3, -1.2]]);
    const event = tf.tensor2d([[0.4, -0.6]]);
    await checkGradients((m, s) => tanhGaussian(m, s).logProb(event), [mean, std], { step: 3e-3 });
    await checkGradients((m, s) => tanhGaussian(m, s).sampleWithLogProb(noise).logProb, [mean, std]);
    await checkGradients((m, s) => tanhGaussian(m, s).sample(noise), [mean, std]);
    expectClose(tanhGaussian(mean, std).mode(), [Math.tanh(0.5), Math.tanh(-1)]);
  });
});

describe('bernoulli', () => {
  const logits = tf.tensor2d([[Math.log(0.25 / 0.75), 0]]);

  it('has the hand-computed values', () => {
    const p = bernoulli(logits);
    expectClose(p.logProb(tf.tensor2d([[1, 0]], [1, 2], 'int32')), [Math.log(0.25) + Math.log(0.5)]);
    const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)) + Math.LN2;
    expectClose(p.entropy(), [entropy]);
    expectClose(p.kl(bernoulli(tf.zeros([1, 2]))), [2 * Math.LN2 - entropy]);
    expect(numbers(p.mode())).toEqual([0, 0]);
  });

  it('is finite for large logits', () => {
    const p = bernoulli(tf.tensor2d([[80, -80]]));
    expectClose(p.entropy(), [0]);
    expectClose(p.logProb(tf.tensor2d([[0, 0]])), [-80], 3);
  });

  it('samples by its law, and matches Monte Carlo', () => {
    const n = 10_000;
    const p = bernoulli(tf.tile(logits, [n, 1]));
    const sample = p.sample(p.noise(Rng.fromSeed(1)));
    expect(sample.dtype).toBe('int32');
    numbers(sample.toFloat().mean(0)).forEach((mean, i) => expect(Math.abs(mean - [0.25, 0.5][i])).toBeLessThan(4 * Math.sqrt(0.25 / n)));
    const estimate = monteCarlo((k) => bernoulli(tf.tile(logits, [k, 1])), (k) => bernoulli(tf.ones([k, 2])), n);
    expect(Math.abs(estimate.kl - numbers(bernoulli(logits).kl(bernoulli(tf.ones([1, 2]))))[0])).toBeLessThan(4 * estimate.klError);
  });

  it('differentiates', async () => {
    await checkGradients((l) => bernoulli(l).logProb(tf.tensor2d([[1, 0]])), [logits]);
    await checkGradients((l) => bernoulli(l).entropy(), [logits.add(0.3)]);
    await checkGradients((a, b) => bernoulli(a).kl(bernoulli(b)), [logits, tf.tensor2d([[0.5, -0.2]])]);
  });
});

describe('mixture', () => {
  const weights = (n: number): tf.Tensor => rowsOf([Math.log(0.3), Math.log(0.7)], n);
  const parts = (n: number) => [gaussian(tf.fill([n, 1], -1), tf.fill([n, 1], 0.5)), gaussian(tf.fill([n, 1], 2), tf.fill([n, 1], 1))];

  it('has the hand-computed log-density and integrates to one', () => {
    const density = 0.3 * Math.exp(normalLogDensity(0.2, -1, 0.5)) + 0.7 * Math.exp(normalLogDensity(0.2, 2, 1));
    expectClose(mixture(weights(1), parts(1)).logProb(tf.tensor2d([[0.2]])), [Math.log(density)]);
    const { points, width } = grid(-8, 10, 3000);
    expect(mixture(weights(3000), parts(3000)).logProb(points).exp().sum().dataSync()[0] * width).toBeCloseTo(1, 4);
  });

  it('samples have its moments', () => {
    const n = 20_000;
    const p = mixture(weights(n), parts(n));
    const { sample, logProb } = p.sampleWithLogProb(p.noise(Rng.fromSeed(2)));
    expect(sample.shape).toEqual([n, 1]);
    const { mean, variance } = tf.moments(sample);
    // mean = 0.3·(-1) + 0.7·2 = 1.1; variance = 0.3·(0.25 + 1) + 0.7·(1 + 4) - 1.21 = 2.665.
    expect(Math.abs(numbers(mean)[0] - 1.1)).toBeLessThan(4 * Math.sqrt(2.665 / n));
    expect(Math.abs(numbers(variance)[0] - 2.665)).toBeLessThan(0.1);
    expect(logProb.sub(p.logProb(sample)).abs().max().dataSync()[0]).toBeLessThan(1e-4);
    expectClose(mixture(weights(1), parts(1)).mode(), [2]);
  });

  it('of squashed normals is the squashed mixture: no inverse in saturation', () => {
    const squashed = (n: number) => parts(n).map((part) => tanhGaussian(part.mean, part.std));
    const { points, width } = grid(-1, 1, 8000);
    expect(mixture(weights(8000), squashed(8000)).logProb(points).exp().sum().dataSync()[0] * width).toBeCloseTo(1, 2);
    const p = mixture(weights(50), squashed(50));
    const { sample, logProb } = p.sampleWithLogProb(p.noise(Rng.fromSeed(2)));
    expectClose(p.logProb(sample), numbers(logProb), 2);
    const far = mixture(tf.zeros([1, 1]), [tanhGaussian(tf.fill([1, 1], 20), tf.ones([1, 1]))]);
    expectClose(far.sampleWithLogProb(tf.zeros([1, 2])).logProb, [38.613705639 - 0.918938533], 4);
  });

  it('of categoricals has integer events and the mixed probabilities', () => {
    const p = mixture(tf.zeros([1, 2]), [categorical(tf.tensor2d([[0, 0]])), categorical(tf.tensor2d([[Math.log(0.9), Math.log(0.1)]]))]);
    const event = p.sample(p.noise(Rng.fromSeed(1)));
    expect([event.shape, event.dtype]).toEqual([[1], 'int32']);
    expectClose(p.logProb(tf.tensor1d([0], 'int32')), [Math.log(0.7)]);
  });

  it('differentiates by weights and components, and samples by components', async () => {
    const event = tf.tensor2d([[0.2], [1.5]]);
    const build = (w: tf.Tensor, m: tf.Tensor): Distribution => mixture(w, [gaussian(m, tf.tensor1d([0.5])), gaussian(m.add(2), tf.tensor1d([1]))]);
    const inputs = [weights(2), tf.tensor2d([[-1], [0.5]])];
    await checkGradients((w, m) => build(w, m).logProb(event), inputs, { step: 3e-3 });
    const noise = build(inputs[0], inputs[1]).noise(Rng.fromSeed(3));
    await checkGradients((m) => build(inputs[0], m).sample(noise).square(), [inputs[1]]);
  });

  it('throws with a remedy where there is no closed form', () => {
    const p = mixture(weights(1), parts(1));
    expect(() => p.entropy()).toThrow(/no closed form; estimate/);
    expect(() => p.kl(p)).toThrow(/no closed form; estimate/);
    expect(() => mixture(tf.zeros([1, 3]), parts(1))).toThrow('mixture: the last axis should have 2 entries');
  });
});

describe('deterministic', () => {
  it('is its value, without a density', () => {
    const p = deterministic(tf.tensor2d([[0.5, 1]]));
    expectClose(p.sample(p.noise(Rng.fromSeed(1))), [0.5, 1]);
    expectClose(p.mode(), [0.5, 1]);
    for (const call of [() => p.logProb(p.value), () => p.entropy(), () => p.kl(p), () => p.sampleWithLogProb(p.value)]) expect(call).toThrow(/not defined for a point mass; add exploration noise/);
  });
});

describe('all distributions', () => {
  const logits = tf.tensor2d([[0.1, 0.2, -0.3, 0.5]]);
  const std = tf.tensor1d([1, 2, 1, 2]);
  const cases: [string, () => Distribution, { entropy?: boolean; kl?: boolean }][] = [
    ['categorical', () => categorical(logits, { mask: tf.tensor2d([[1, 0, 1, 1]]) }), {}],
    ['multiDiscrete', () => multiDiscrete(logits, [2, 2]), {}],
    ['gaussian', () => gaussian(logits, std), {}],
    ['tanhGaussian', () => tanhGaussian(logits, std), { entropy: false }],
    ['bernoulli', () => bernoulli(logits), {}],
    ['mixture', () => mixture(logits, [1, 2, 3, 4].map((k) => gaussian(tf.fill([1, 2], k), tf.ones([1, 2])))), { entropy: false, kl: false }],
  ];

  it.each(cases)('%s repeats under a seed and leaks nothing', (_name, build, options) => {
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    const distribution = build();
    const held = tf.memory().numTensors;
    const results = useAll(distribution, options);
    expect(tf.memory().numTensors).toBe(held + results.length);
    const again = useAll(distribution, options);
    results.forEach((result, i) => expect(numbers(again[i])).toEqual(numbers(result)));
    tf.engine().endScope();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(cases)('%s survives the tidy that made it', (_name, build, options) => {
    const distribution = tf.tidy(build as unknown as () => tf.TensorContainer) as unknown as Distribution;
    for (const result of useAll(distribution, options)) expect(numbers(result).every(Number.isFinite)).toBe(true);
  });
});
