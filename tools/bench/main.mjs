#!/usr/bin/env node
// Runs a suite of benchmarks on the built packages: node tools/bench/main.mjs SUITE [--json] [--only NAME] [--repeats N]
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { measure } from './measure.mjs';

const suites = readdirSync(new URL('suites/', import.meta.url))
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length))
  .sort();

function help() {
  return [
    'usage: npm run bench -- SUITE [--json] [--only NAME] [--repeats N]',
    `suites: ${suites.join(', ')}`,
    '  --json       end with one line: a list of { name, perSecond } or { name, ms }',
    '  --only NAME  one benchmark of the suite, and what is compared with it',
    '  --repeats N  timed repeats, of which the median counts (default 7)',
  ].join('\n');
}

function fail(message) {
  process.stderr.write(`${message}\n${help()}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, repeats: { type: 'string', default: '7' }, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return fail(error.message);
  }
}

async function load(suite) {
  try {
    return await import(`./suites/${suite}.mjs`);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(`${error.message}\nThe benchmarks run on the built packages: build them first with \`npm run build\`.\n`);
    return process.exit(1);
  }
}

function amount(result) {
  if ('ms' in result) return `${result.ms.toPrecision(4)} ms`;
  return `${Math.round(result.perSecond).toLocaleString('en')} ${result.unit}/s`;
}

/** How many times as fast as the benchmark it is compared with, if that was measured too. */
function ratio({ against }, result, results) {
  const other = results.find(({ name }) => name === against);
  if (other === undefined) return '';
  const times = 'ms' in result ? other.ms / result.ms : result.perSecond / other.perSecond;
  return `   ${times.toPrecision(3)} × ${against}`;
}

const { values, positionals } = readArguments();
if (values.help) {
  process.stdout.write(`${help()}\n`);
  process.exit(0);
}
const [suite, ...rest] = positionals;
if (suite === undefined) fail('Which suite?');
if (rest.length > 0) fail(`One suite at a time, got also ${rest.join(' ')}.`);
if (!suites.includes(suite)) fail(`There is no suite '${suite}'.`);
const repeats = Number(values.repeats);
if (!Number.isInteger(repeats) || repeats < 1) fail(`--repeats must be a positive integer, got ${values.repeats}.`);

// A suite may have notes: what it lacks here. With nothing at all to run they are the answer.
const { benchmarks, notes = [] } = await load(suite);
for (const line of notes) (values.json ? process.stderr : process.stdout).write(`${line}\n`);
if (benchmarks.length === 0) {
  if (values.json) process.stdout.write('[]\n');
  process.exit(0);
}
const chosen = benchmarks.filter(({ name }) => values.only === undefined || name === values.only || name.startsWith(`${values.only} `));
if (chosen.length === 0) fail(`The suite '${suite}' has no benchmark '${values.only}'; it has ${benchmarks.map(({ name }) => name).join(', ')}.`);

if (!values.json) process.stdout.write(`${machine()}\nmedian of ${repeats} repeats (slowest to fastest)\n\n`);
const results = [];
for (const benchmark of chosen) {
  const result = await measure(benchmark, repeats);
  results.push(result);
  if (values.json) continue;
  const [slowest, fastest] = result.range.map((value) => amount({ ...result, ...('ms' in result ? { ms: value } : { perSecond: value }) }));
  process.stdout.write(`${result.name.padEnd(22)} ${amount(result).padStart(28)}   (${slowest} to ${fastest})${ratio(benchmark, result, results)}\n${[benchmark.about, ...result.notes].map((line) => `    ${line}\n`).join('')}`);
}
if (values.json) process.stdout.write(`${JSON.stringify(results.map(({ name, ms, perSecond }) => (ms === undefined ? { name, perSecond } : { name, ms })))}\n`);
