// The same steps and runs in PyTorch, JAX and Stable-Baselines3, where Python has them, beside ours in one run. PYTHON names the interpreter; default python3.
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { benchmarks as writing } from './generate.mjs';
import { benchmarks as steps } from './steps.mjs';
import { benchmarks as training } from './train.mjs';

const python = process.env.PYTHON ?? 'python3';
const stepRows = ['ppo-64', 'ppo-64-loop', 'ppo-1024', 'ppo-1024-loop', 'sac-256', 'nature-cnn-32', 'gpt-128', 'act-1', 'act-16'];
const eagerRows = stepRows.filter((name) => !name.endsWith('-loop'));
const trainingRows = ['ppo-cartpole-475', 'sac-pendulum'];
const writingRows = ['generate-1', 'generate-32', 'generate-256-small'];

/** A script, the packages that it needs, and the rows that it has. */
const peers = [
  { peer: 'torch', title: 'PyTorch', script: 'torch_steps.py', needs: ['torch', 'numpy'], rows: eagerRows },
  { peer: 'jax', title: 'JAX', script: 'jax_steps.py', needs: ['jax', 'numpy'], rows: stepRows },
  { peer: 'sb3', title: 'Stable-Baselines3', script: 'sb3_train.py', needs: ['stable_baselines3', 'gymnasium', 'torch'], rows: trainingRows },
  { peer: 'transformers', title: 'transformers on PyTorch', script: 'transformers_generate.py', needs: ['transformers', 'torch'], rows: writingRows },
];

/** Which packages Python finds; undefined where there is no Python. */
function installed() {
  const probe = 'import importlib.util, json, sys; print(json.dumps([name for name in sys.argv[1:] if importlib.util.find_spec(name) is not None]))';
  try {
    return JSON.parse(execFileSync(python, ['-c', probe, ...new Set(peers.flatMap(({ needs }) => needs))], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

const found = installed();
const lacking = ({ needs }) => needs.filter((name) => !found?.includes(name));
const present = peers.filter((peer) => lacking(peer).length === 0);

/** What is not compared, and why. */
export const notes = [
  ...(found === undefined ? [`Python was not found under the name ${python}: set PYTHON to the interpreter to use.`] : []),
  ...peers.filter((peer) => lacking(peer).length > 0).map((peer) => `${peer.title} is not compared: Python has no ${lacking(peer).join(', ')} (tools/bench/peers/${peer.script}).`),
  ...(present.length === 0 ? ['Nothing to compare with here.'] : []),
];

/** One row of a script in a process of its own. What it prints on the way is kept as notes. */
async function runScript(script, name, threads, repeats) {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(python, [path, '--json', '--only', name, '--threads', String(threads), '--repeats', String(repeats)], { maxBuffer: 2 ** 24, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  const [{ ms, perSecond }] = JSON.parse(stdout.trim().split('\n').at(-1));
  const lines = stderr.split('\n').filter((line) => line.startsWith('seed '));
  return perSecond === undefined ? { values: [ms ?? Infinity], notes: lines } : { values: [perSecond], unit: writingRows.includes(name) ? 'tokens' : 'steps', notes: lines };
}

const theirs = (name) =>
  present
    .filter(({ rows }) => rows.includes(name))
    .flatMap(({ peer, title, script }) =>
      [1, 2].map((threads) => ({
        name: `${name} ${peer}-${threads}`,
        about: `${title}, ${threads === 1 ? 'one thread' : 'two threads'}`,
        sample: (repeats) => runScript(script, name, threads, repeats),
      })),
    );

/** Ours after theirs, with the ratio to the first of them. */
function row(name) {
  const others = theirs(name);
  if (others.length === 0) return [];
  const ours = [...steps, ...training, ...writing].find((benchmark) => benchmark.name === name);
  return [...others, { ...ours, against: others[0].name }];
}

export const benchmarks = [...stepRows, ...trainingRows, ...writingRows].flatMap(row);
