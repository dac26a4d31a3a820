#!/usr/bin/env node
// How near methods with a divergence penalty come to the optimum that is known in closed form, on a token MDP small enough to enumerate: node tools/bench/tokenMdp.mjs [--json]
import { compile, ndarray, pack, Rng, tf } from '@rivulet/engine';
import { completionScores, grpo, preferenceConfig, preferenceObjective, tokenLearner, tokenPolicy, tokenPpo, tokenRollout, wholeModel, withValueHead } from '@rivulet/algorithms';
import { klOptimum, tokenMdp } from '@rivulet/envs-language';
import { adam, chain, clipByGlobalNorm, flatten, linearSchedule } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
if (values.help) {
  process.stdout.write('usage: node tools/bench/tokenMdp.mjs [--json]\nprints the distance of trained policies from the closed-form optimum; some minutes\n');
  process.exit(0);
}

const BETA = 0.3;
const VOCAB = 5;
const LENGTH = 3;
const EOS = 0;
const BOS = 4;
const room = { promptTokens: 1, newTokens: LENGTH };

await tf.setBackend('cpu');

/** A reward between 0 and 1 that no pattern explains. */
const rewardOf = (ids) => Math.abs(Math.sin(ids.reduce((sum, id, i) => sum + (id + 1) * (i + 2.7) ** 2, 0)));
const mdp = tokenMdp({ vocab: VOCAB, length: LENGTH, reward: rewardOf, eos: EOS });
const all = mdp.enumerate();
const sequences = Array.from(all.lengths, (length, i) => Array.from(all.ids.data.subarray(i * LENGTH, i * LENGTH + length)));
const everything = tokenRollout(sequences.map((tokens) => ({ prompt: [BOS], tokens })), room);

const model = causalTransformer({ vocab: VOCAB, dim: 32, layers: 2, heads: 2, context: 1 + LENGTH });
const policy = wholeModel(model);
const scores = compile((trained, tokens, mask, written) => ({ logProb: completionScores(policy, trained, { tokens, mask, written }, { newTokens: LENGTH, temperature: 1 }).logProb.sum(-1) }));

/** log π of every sequence. */
const logProbsOf = async (trained) => (await scores(trained, everything.tokens, everything.mask, everything.written)).logProb.toHost().data;

/** A start that is not uniform. */
const scaled = (tree) => (tree instanceof tf.Tensor ? (tree.rank === 2 ? tree.mul(6) : tree) : Array.isArray(tree) ? tree.map(scaled) : Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, scaled(child)])));
const start = scaled(model.init(Rng.fromSeed(5)));
const logReference = Float64Array.from(await logProbsOf(start));
const optimum = klOptimum({ rewards: all.rewards, logReference, beta: BETA });

const probabilities = (logProbs) => Array.from(logProbs, Math.exp);
const totalVariation = (p, q) => p.reduce((sum, x, i) => sum + Math.abs(x - q[i]), 0) / 2;
const objective = (p) => p.reduce((sum, x, i) => sum + (x > 0 ? x * (all.rewards[i] - BETA * (Math.log(x) - logReference[i])) : 0), 0);
const best = probabilities(optimum.logProbs);
const reference = probabilities(logReference);

/** What a trained policy is compared by. */
const report = (name, p, towards = best) => ({ name, totalVariation: totalVariation(p, towards), before: totalVariation(reference, towards), objective: objective(p), best: optimum.value });

const task = { name: 'token MDP', sample: () => ({ prompt: '', solution: '' }), verify: (_, text) => ({ reward: mdp.rewards(text.split(',').map(Number)).reduce((a, b) => a + b, 0), reason: '' }) };
const tokenizer = { vocabSize: VOCAB, eos: EOS, encode: () => [BOS], decode: (ids) => Array.from(ids).join(',') };

/** Rounds with a high rate, then with a low one, so that the noise of sampling dies down. */
async function trained(settings, { make = grpo, rounds = [300, 300] } = {}) {
  let weights = make === tokenPpo ? { policy: start, value: withValueHead(policy).init(Rng.fromSeed(6)).value } : start;
  let end;
  for (const [phase, learningRate] of [3e-3, 3e-4].entries()) {
    const run = make({ prompts: 32, groupSize: 16, minibatchPrompts: 32, newTokens: LENGTH, learningRate, maxGradientNorm: 10, klCoefficient: BETA, ...settings }, { policy, task, tokenizer, promptTokens: 1, from: weights, rng: Rng.fromSeed(7).foldIn(phase) });
    // The reference of the second phase must stay the start: the divergence is taken from there.
    if (phase > 0) await run.learner.restore(withReference(await run.learner.snapshot(), end));
    for (let i = 0; i < rounds[phase]; i++) await run.learner.learn(await run.actor.collect(run.learner.weights));
    end = await run.learner.snapshot();
    weights = pack(run.learner.weights).toTensors();
    run.actor.dispose();
    run.learner.dispose();
  }
  return probabilities(await logProbsOf(make === tokenPpo ? weights.policy : weights));
}

const withReference = (snapshot, other) => ({ ...snapshot, arrays: { ...snapshot.arrays, ...Object.fromEntries(Object.entries(other.arrays).filter(([name]) => name.startsWith('reference/'))) } });

/** Direct preference optimization on pairs drawn from the reference and labelled as Bradley and Terry say, P(first) = σ(r₁ - r₂). */
async function directPreferences(loss, rounds = 600) {
  const rng = Rng.fromSeed(11);
  const config = preferenceConfig.parse({ loss, beta: BETA, newTokens: LENGTH });
  const learner = tokenLearner({
    policy,
    learner: tokenPolicy(policy, { objective: preferenceObjective(config), optimizer: flatten(chain(clipByGlobalNorm(10), adam(linearSchedule({ from: 3e-3, to: 1e-5, steps: rounds })))), newTokens: LENGTH }),
    prepare: async ({ reward }) => ({ advantage: ndarray('float32', reward.shape), metrics: {} }),
    groupSize: 2,
    minibatchGroups: 1024,
    epochs: 1,
    newTokens: LENGTH,
    withReference: true,
    from: start,
    rng: rng.foldIn('learner'),
  });
  const draw = drawFrom(reference, rng);
  for (let i = 0; i < rounds; i++) {
    const rows = Array.from({ length: 1024 }, () => {
      const [a, b] = [draw(), draw()];
      const first = rng.nextUniform() < 1 / (1 + Math.exp(all.rewards[b] - all.rewards[a]));
      return (first ? [a, b] : [b, a]).map((y, place) => ({ prompt: [BOS], tokens: sequences[y], reward: 1 - place }));
    });
    const data = tokenRollout(rows.flat(), room);
    await learner.learn({ data, steps: 1, episodes: [] });
  }
  const p = probabilities(await logProbsOf(learner.weights));
  learner.dispose();
  return p;
}

function drawFrom(p, rng) {
  const sums = p.reduce((all, x) => [...all, (all.at(-1) ?? 0) + x], []);
  return () => {
    const u = rng.nextUniform() * sums.at(-1);
    return Math.min(sums.findIndex((sum) => u < sum), p.length - 1);
  };
}

/** Best of n, sampled, against its closed form: P(y) = P(reward ≤ r(y))ⁿ - P(reward < r(y))ⁿ, all rewards being different. */
function bestOf(n, samples = 400_000) {
  const draw = drawFrom(reference, Rng.fromSeed(13));
  const counts = new Float64Array(sequences.length);
  for (let i = 0; i < samples; i++) {
    let most = draw();
    for (let k = 1; k < n; k++) {
      const other = draw();
      if (all.rewards[other] > all.rewards[most]) most = other;
    }
    counts[most]++;
  }
  const order = [...sequences.keys()].sort((a, b) => all.rewards[a] - all.rewards[b]);
  const closed = new Float64Array(sequences.length);
  let below = 0;
  for (const y of order) {
    closed[y] = (below + reference[y]) ** n - below ** n;
    below += reference[y];
  }
  const sampled = Array.from(counts, (count) => count / samples);
  const kl = closed.reduce((sum, x, i) => sum + (x > 0 ? x * (Math.log(x) - logReference[i]) : 0), 0);
  return { ...report(`best of ${n}, sampled, against its closed form`, sampled, Array.from(closed)), kl, bound: Math.log(n) - (n - 1) / n };
}

const unscaled = { center: 'leaveOneOut', scale: 'none', aggregation: 'constant', clipLow: 0.2, clipHigh: 0.2 };
const methods = [
  ['RLOO, divergence in the reward (k1)', () => trained({ center: 'leaveOneOut', scale: 'none', level: 'sequence', klEstimator: 'k1', klPlacement: 'reward' })],
  ['the same, divergence of the completion in the loss (k2)', () => trained({ center: 'leaveOneOut', scale: 'none', level: 'sequence', klLevel: 'sequence', klEstimator: 'k2', klPlacement: 'loss' })],
  ['group advantages, k2 in the loss', () => trained({ ...unscaled, klEstimator: 'k2', klPlacement: 'loss' })],
  ['group advantages, k3 in the loss', () => trained({ ...unscaled, klEstimator: 'k3', klPlacement: 'loss' })],
  ['GRPO as published: standardised in the group, k3 in the loss', () => trained({ center: 'mean', scale: 'group', aggregation: 'sequence', klEstimator: 'k3', klPlacement: 'loss' })],
  ['PPO with a value head, divergence in the reward (k1)', () => trained({ gaeLambda: 1, normalizeAdvantage: false, epochs: 1, valueClipRange: 'none' }, { make: tokenPpo })],
  ['DPO, pairs by Bradley and Terry', () => directPreferences('dpo')],
];

const results = [];
const print = (result) => {
  results.push(result);
  if (values.json) return;
  const { name, totalVariation: distance, before, objective: reached, best: most, kl, bound } = result;
  process.stdout.write(`${name.padEnd(62)} distance ${distance.toFixed(4)} (start ${before.toFixed(3)})   objective ${reached.toFixed(4)} of ${most.toFixed(4)}${kl === undefined ? '' : `   KL ${kl.toFixed(4)}, at most log n - (n-1)/n = ${bound.toFixed(4)}`}\n`);
};
if (!values.json) process.stdout.write(`${sequences.length} sequences, β = ${BETA}; distance: total variation from the optimum\n\n`);
for (const [name, run] of methods) print(report(name, await run()));
for (const n of [2, 4, 16]) print(bestOf(n));
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
