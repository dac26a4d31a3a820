#!/usr/bin/env node
// Methods for language models side by side on one task, from the same warm starts, with equal sampled tokens: node tools/bench/languageMethods.mjs [--tokens N] [--seeds N] [--methods NAME,...] [--json]
import { evaluateTask, supervised, tokenGenerator, wholeModel } from '@rivulet/algorithms';
import { pack, Rng, tf } from '@rivulet/engine';
import { arithmeticTask, charTokenizer } from '@rivulet/envs-language';
import { iqmBootstrap } from '@rivulet/evaluation';
import { languageMethod, methodNames } from '@rivulet/llm-reasoning';
import { causalTransformer } from '@rivulet/networks';
import { parseArgs } from 'node:util';

const flag = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({ options: { tokens: flag('300000'), seeds: flag('5'), methods: flag('ppo,grpo,rloo,reinforcePlusPlus,expertIteration'), json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
const chosen = values.methods.split(',');
const unknown = chosen.find((name) => !methodNames.includes(name));
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) process.stderr.write(`there is no method '${unknown}': there are ${methodNames.join(', ')}\n`);
  process.stdout.write('usage: node tools/bench/languageMethods.mjs [--tokens N] [--seeds N] [--methods NAME,...] [--json]\nheld-out accuracy of each method after N sampled tokens, for each seed, with IQM and interval\n');
  process.exit(unknown === undefined ? 0 : 1);
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

/** The method with its preset of the app, and no divergence from the start where that is a term of its own: the verifier cannot be fooled. */
function make(name, training) {
  const { preset, schema, make: begin } = languageMethod(name);
  return begin({ ...preset, ...('klCoefficient' in schema.shape ? { klCoefficient: 0 } : {}), newTokens }, training);
}

async function accuracy(weights) {
  const generator = tokenGenerator({ model: policy.model, rows: 125, promptTokens, newTokens, eos: tokenizer.eos, greedy: true });
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
    if (round % 2 === 0) reached = await accuracy(run.learner.weights);
  }
  const weights = pack(run.learner.weights).toTensors();
  run.actor.dispose();
  run.learner.dispose();
  return { weights, reached };
}

async function play(name, from, rng) {
  const run = make(name, { policy, task, tokenizer, promptTokens, from, rng });
  let sampled = 0;
  let rounds = 0;
  for (; sampled < TOKENS; rounds++) {
    const chunk = await run.actor.collect(run.learner.weights);
    sampled += chunk.steps;
    await run.learner.learn(chunk);
  }
  const reached = await accuracy(languageMethod(name).policyOf(run.learner.weights));
  run.actor.dispose();
  run.learner.dispose();
  return { reached, rounds, sampled };
}

const say = (line) => (values.json ? undefined : process.stdout.write(`${line}\n`));
const scores = Object.fromEntries([['warm start', []], ...chosen.map((name) => [name, []])]);
for (let seed = 1; seed <= SEEDS; seed++) {
  const rng = Rng.fromSeed(seed);
  const start = await warmStart(rng.foldIn('warm start'));
  scores['warm start'].push(start.reached);
  say(`seed ${seed}: warm start ${start.reached.toFixed(3)}`);
  for (const name of chosen) {
    const begun = performance.now();
    const { reached, rounds, sampled } = await play(name, start.weights, rng.foldIn(name));
    scores[name].push(reached);
    say(`  ${name.padEnd(18)} ${reached.toFixed(3)} after ${sampled.toLocaleString('en')} tokens in ${rounds} rounds, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }
  tf.dispose(start.weights);
}
const results = Object.entries(scores).map(([name, runs]) => ({ name, runs, ...iqmBootstrap(runs.map((x) => [x]), {}, Rng.fromSeed(1)) }));
for (const { name, runs, ...rest } of results) say(`${name.padEnd(18)} ${JSON.stringify(rest)}   ${runs.map((x) => x.toFixed(3)).join(' ')}`);
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
