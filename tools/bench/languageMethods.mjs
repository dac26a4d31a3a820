#!/usr/bin/env node
// Methods for language models side by side on one task, from the same warm starts, with equal sampled tokens: node tools/bench/languageMethods.mjs [--tokens N] [--seeds N] [--json]
import { evaluateTask, expertIteration, grpo, grpoPresets, supervised, tokenGenerator, tokenPpo, wholeModel, withValueHead } from '@rivulet/algorithms';
import { pack, Rng, tf } from '@rivulet/engine';
import { arithmeticTask, charTokenizer } from '@rivulet/envs-language';
import { iqmBootstrap } from '@rivulet/evaluation';
import { causalTransformer } from '@rivulet/networks';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { tokens: { type: 'string', default: '300000' }, seeds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
if (values.help) {
  process.stdout.write('usage: node tools/bench/languageMethods.mjs [--tokens N] [--seeds N] [--json]\nheld-out accuracy of each method after N sampled tokens, for each seed, with IQM and interval\n');
  process.exit(0);
}
const [TOKENS, SEEDS] = [Number(values.tokens), Number(values.seeds)];
const PROBLEMS = 500;

await tf.setBackend('cpu');

// The task of `rivulet run llm-reasoning`: sums of two digits, a quarter of them held out.
const sums = arithmeticTask({ digits: 2, style: 'steps', heldOut: 0.25 });
const task = { ...sums, sample: (rng, options) => sums.sample(rng, { difficulty: 2, ...options }) };
const tokenizer = charTokenizer(task.alphabet);
const examples = Array.from({ length: 2_000 }, (_, i) => task.sample(Rng.fromSeed(i)));
const promptTokens = Math.max(...examples.map(({ prompt }) => prompt.length));
const newTokens = 1 + Math.max(...examples.map(({ solution }) => solution.length));
const form = { vocab: tokenizer.vocabSize, dim: 64, layers: 2, heads: 4, mlpDim: 128, context: promptTokens + newTokens, positions: 'rotary', norm: 'rmsNorm', activation: 'swiglu', bias: { qkv: false, output: false, mlp: false } };
const policy = wholeModel(causalTransformer(form));
const common = { newTokens, learningRate: 3e-4, klCoefficient: 0, epochs: 2 };
const grouped = { ...common, prompts: 64, groupSize: 8, minibatchPrompts: 32 };

const methods = {
  PPO: (training) => tokenPpo({ ...common, prompts: 512, minibatchPrompts: 256 }, { ...training, from: { policy: training.from, value: withValueHead(policy).init(Rng.fromSeed(1)).value } }),
  GRPO: (training) => grpo({ ...grpoPresets.grpo, ...grouped }, training),
  RLOO: (training) => grpo({ ...grpoPresets.rloo, ...grouped }, training),
  'REINFORCE++': (training) => grpo({ ...grpoPresets.reinforcePlusPlus, ...grouped }, training),
  'expert iteration': (training) => expertIteration({ newTokens, learningRate: 3e-4, epochs: 2, prompts: 64, groupSize: 8, minibatchPrompts: 32 }, training),
};

async function accuracy(weights, parameters) {
  const generator = tokenGenerator({ model: policy.model, parameters, rows: 125, promptTokens, newTokens, eos: tokenizer.eos, greedy: true });
  const result = await evaluateTask(weights, { task, tokenizer, generator, problems: PROBLEMS, rng: Rng.fromSeed(2026) });
  await generator.dispose();
  return result.accuracy;
}

/** Weights that solve about four in ten problems. */
async function warmStart(rng) {
  const run = supervised({ batchSize: 64, steps: 8, newTokens, learningRate: 1e-3 }, { policy, task, tokenizer, promptTokens, rng });
  let reached = 0;
  for (let round = 1; reached < 0.4 && round <= 500; round++) {
    await run.learner.learn(await run.actor.collect(run.learner.weights));
    if (round % 2 === 0) reached = await accuracy(run.learner.weights, policy.parameters);
  }
  const weights = pack(run.learner.weights).toTensors();
  run.actor.dispose();
  run.learner.dispose();
  return { weights, reached };
}

async function play(make, from, rng) {
  const run = make({ policy, task, tokenizer, promptTokens, from, rng });
  let sampled = 0;
  let rounds = 0;
  for (; sampled < TOKENS; rounds++) {
    const chunk = await run.actor.collect(run.learner.weights);
    sampled += chunk.steps;
    await run.learner.learn(chunk);
  }
  const parameters = 'policy' in run.learner.weights ? withValueHead(policy).parameters : policy.parameters;
  const reached = await accuracy(run.learner.weights, parameters);
  run.actor.dispose();
  run.learner.dispose();
  return { reached, rounds, sampled };
}

const say = (line) => (values.json ? undefined : process.stdout.write(`${line}\n`));
const scores = Object.fromEntries([['warm start', []], ...Object.keys(methods).map((name) => [name, []])]);
for (let seed = 1; seed <= SEEDS; seed++) {
  const rng = Rng.fromSeed(seed);
  const start = await warmStart(rng.foldIn('warm start'));
  scores['warm start'].push(start.reached);
  say(`seed ${seed}: warm start ${start.reached.toFixed(3)}`);
  for (const [name, make] of Object.entries(methods)) {
    const begun = performance.now();
    const { reached, rounds, sampled } = await play(make, start.weights, rng.foldIn(name));
    scores[name].push(reached);
    say(`  ${name.padEnd(18)} ${reached.toFixed(3)} after ${sampled.toLocaleString('en')} tokens in ${rounds} rounds, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }
  tf.dispose(start.weights);
}
const results = Object.entries(scores).map(([name, runs]) => ({ name, runs, ...iqmBootstrap(runs.map((x) => [x]), {}, Rng.fromSeed(1)) }));
for (const { name, runs, ...rest } of results) say(`${name.padEnd(18)} ${JSON.stringify(rest)}   ${runs.map((x) => x.toFixed(3)).join(' ')}`);
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
