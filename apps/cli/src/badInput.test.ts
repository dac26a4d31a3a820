import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { contents, rivulet, scratch, start, untilLines } from '../test/rivulet.js';
import { shortRuns } from '../test/runs.js';

const at = scratch();

/** One line on standard error, nothing on standard output, exit code 1, and nothing new or changed in the folder. */
async function expectRefusal(args: readonly string[], line: string | RegExp): Promise<void> {
  const before = contents(at);
  const ended = await rivulet(at, ...args);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^error: [^\n]+\n$/);
  if (typeof line === 'string') expect(ended.stderr).toBe(`error: ${line}\n`);
  else expect(ended.stderr).toMatch(line);
  expect(contents(at)).toEqual(before);
}

const json = (name: string, value: unknown): void => writeFileSync(join(at, name), typeof value === 'string' ? value : JSON.stringify(value));

beforeAll(() => {
  json('file', 'not a folder');
  json('unknown.json', { stepz: 9, seed: 'one', learningRate: 1e-3, settings: { lerningRate: 1e-3, steps: 4 } });
  json('list.json', []);
  json('cut.json', '{"env": "CartP');
  json('settings.json', { settings: 7 });
  json('algorithm.json', { algorithm: 'reinforce' });
  mkdirSync(join(at, 'empty'));
});

describe('rivulet refuses', () => {
  it.concurrent.each<[string, string[], string | RegExp]>([
    ['an unknown command', ['rnu'], "unknown command 'rnu'; did you mean 'run'? (see rivulet --help)"],
    ['an unknown command of a group', ['env', 'chek'], "unknown command 'chek'; did you mean 'check'? (see rivulet env --help)"],
    ['an unknown flag', ['run', '--sede', '3'], "unknown option '--sede'; did you mean '--seed'? (see rivulet run --help)"],
    ['a flag of another algorithm', ['run', '--algorithm', 'dqn', '--gae-lambda', '1'], "unknown option '--gae-lambda' (see rivulet run --help)"],
    ['a missing value', ['run', '--steps'], "option '--steps <n>' argument missing (see rivulet run --help)"],
    ['a missing argument', ['eval'], "missing required argument 'folder' (see rivulet eval --help)"],
    ['too many arguments', ['list', 'all'], "too many arguments for 'list'. Expected 0 arguments but got 1. (see rivulet list --help)"],
    ['an unknown app', ['run', 'robotics-contrl'], "unknown app 'robotics-contrl'; did you mean 'robotics-control'?"],
    ['an unknown environment', ['run', '--env', 'CartPol-v1'], "unknown environment 'CartPol-v1'; the nearest id is 'CartPole-v1'"],
    ['an unknown environment to check', ['env', 'check', 'pendulum-v1'], "unknown environment 'pendulum-v1'; the nearest id is 'Pendulum-v1'"],
    ['an unknown algorithm', ['run', '--algorithm=dqnn'], "unknown algorithm 'dqnn'; did you mean 'dqn'?"],
    ['an algorithm that is like none', ['run', '--config', 'algorithm.json'], "unknown algorithm 'reinforce'; there are ppo, a2c, dqn, sac, td3"],
    ['wrong types and ranges, all at once', ['run', '--seed', '-1', '--steps', '1.5', '--learning-rate', 'fast', '--hidden', '64,x', '--activation', 'thanh', '--until-return', 'soon', '--normalize-reward', 'yes'], [
      '--steps is 1.5: it must be a whole number (at least 1)',
      '--seed is -1: it must be a whole number (at least 0)',
      "--until-return is \"soon\": it must be 'never' or a number",
      '--learning-rate is "fast": it must be a number (above 0)',
      '--hidden is [64,"x"]: it must be a list of whole numbers, each at least 1',
      "--activation is \"thanh\": it must be one of tanh, relu, elu, silu, gelu; did you mean 'tanh'?",
      '--normalize-reward is "yes": it must be true or false',
    ].join('; ')],
    ['unknown keys in a file, with wrong values', ['run', '--config', 'unknown.json'], [
      "'seed' in unknown.json is \"one\": it must be a whole number (at least 0)",
      "unknown key 'settings.lerningRate' in unknown.json; did you mean 'learningRate'?",
      "unknown key 'settings.steps' in unknown.json; it belongs beside 'settings', not into it",
      "unknown key 'stepz' in unknown.json; did you mean 'steps'?",
      "unknown key 'learningRate' in unknown.json; it belongs into 'settings'",
    ].join('; ')],
    ['settings that are none', ['run', '--config', 'settings.json'], "'settings' in settings.json is 7: it must be an object"],
    ['a file that holds no object', ['run', '--config', 'list.json'], 'list.json must hold a JSON object with the keys of a run'],
    ['a file that is cut short', ['run', '--config', 'cut.json'], /cut\.json is not valid JSON: /],
    ['a file that is missing', ['run', '--config', 'none.json'], 'cannot read none.json (no such file or directory)'],
    ['a backend that does not exist', ['run', '--backend', 'cuda'], /^error: --backend is "cuda": it must be one of auto, .*cpu\n$/],
    ['continuous control of discrete actions', ['run', '--algorithm', 'sac', '--out', 'new'], /^error: sac: needs a continuous \(box\) action space, but this one is discrete: use /],
    ['discrete control of continuous actions', ['run', '--algorithm', 'dqn', '--env', 'Pendulum-v1'], /^error: dqn: needs a discrete action space, but this one is .*box: use /],
    ['a folder below a file', ['run', '--out', 'file/run'], 'cannot write to the run folder file/run (not a directory): choose another with --out'],
    ['a file as the folder', ['run', '--out', 'file'], 'cannot write to the run folder file (file already exists): choose another with --out'],
    ['a folder where there can be none', ['run', '--out', '/proc/run'], /^error: cannot write to the run folder \/proc\/run \(.+\): choose another with --out\n$/],
    ['to resume what is no run', ['run', '--resume', 'empty'], 'empty is not a run folder: it has no config.json'],
    ['to evaluate what is no run', ['eval', 'nowhere'], 'nowhere is not a run folder: it has no config.json'],
    ['to export what is no run', ['export', 'nowhere'], 'nowhere is not a run folder: it has no config.json'],
    ['a batch of nothing', ['export', 'empty', '--batch', '0'], "--batch is '0': it must be a whole number of at least 1, or 'any'"],
    ['no episodes', ['eval', 'empty', '--episodes', '0'], "--episodes is '0': it must be a whole number of at least 1"],
    ['a wrong tolerance', ['env', 'check', 'Pendulum-v1', '--tolerance', 'some'], "--tolerance is 'some': it must be a number of at least 0"],
    ['a trace that is missing', ['env', 'check', 'Pendulum-v1', '--trace', 'none.json'], 'cannot read none.json (no such file or directory)'],
    ['a trace that is none', ['env', 'check', 'Pendulum-v1', '--trace', 'list.json'], /^error: .*trace/],
  ])('%s', async (_, args, line) => {
    await expectRefusal(args, line);
  });

  it('with the stack where it is asked for', async () => {
    const { code, stderr } = await rivulet(at, 'run', '--algorithm', 'sac', '--debug');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: sac: needs .*\n {4}at /);
  });
});

describe('a damaged run', () => {
  const damaged = (name: string): string => join(at, name);
  const step = (name: string, n: number): string => {
    const steps = readdirSync(join(at, name, 'checkpoints')).filter((entry) => entry.startsWith('step-')).sort();
    return join(at, name, 'checkpoints', steps[n < 0 ? steps.length + n : n]);
  };

  // Killed between two checkpoints, so that there is something to go on with.
  beforeAll(async () => {
    const run = start(at, ['run', ...shortRuns.a2c, '--steps', '1000000', '--out', 'sound', '--checkpoint-seconds', '0.01', '--quiet']);
    await untilLines(run, damaged('sound'), 20);
    run.process.kill('SIGTERM');
    await run.ended;
    expect(readdirSync(join(damaged('sound'), 'checkpoints')).length).toBe(3);
  });

  const flip = (path: string, position: number): void => {
    const bytes = readFileSync(path);
    bytes[position < 0 ? bytes.length + position : position] ^= 1;
    writeFileSync(path, bytes);
  };

  it.each<[string, (newest: string) => void, RegExp]>([
    ['a flipped bit in the tensors', (newest) => flip(join(newest, 'tensors.safetensors'), -9), /is damaged \(the sha256 of tensors\.safetensors differs\)/],
    ['tensors cut short', (newest) => truncateSync(join(newest, 'tensors.safetensors'), 100), /is damaged \(tensors\.safetensors has 100 bytes instead of \d+\)/],
    ['a flipped bit in the JSON', (newest) => flip(join(newest, 'data.json'), 20), /is damaged \(.*data\.json/],
    ['JSON cut short', (newest) => truncateSync(join(newest, 'data.json'), 20), /is damaged \(data\.json has 20 bytes instead of \d+\)/],
    ['a manifest cut short', (newest) => truncateSync(join(newest, 'manifest.json'), 20), /is damaged \(.*JSON/],
    ['missing tensors', (newest) => rmSync(join(newest, 'tensors.safetensors')), /is damaged \(ENOENT: .*tensors\.safetensors/],
  ])('by %s is refused, and untouched', async (what, damage, message) => {
    const name = what.replaceAll(' ', '-');
    cpSync(damaged('sound'), damaged(name), { recursive: true });
    damage(step(name, -1));
    await expectRefusal(['run', '--resume', name], message);
  });

  it('names the older checkpoint, and goes on from that', async () => {
    cpSync(damaged('sound'), damaged('older'), { recursive: true });
    const [older, newest] = [step('older', 0), step('older', -1)];
    const { size } = statSync(join(newest, 'tensors.safetensors'));
    truncateSync(join(newest, 'tensors.safetensors'), 100);
    await expectRefusal(['eval', 'older'], `loadCheckpoint: the checkpoint ${newest.slice(at.length + 1)} is damaged (tensors.safetensors has 100 bytes instead of ${size}): delete that folder and load again to resume from ${older.slice(at.length + 1)}`);
    rmSync(newest, { recursive: true });
    const { code, stdout } = await rivulet(at, 'eval', 'older', '--json', '--episodes', '2');
    expect(code).toBe(0);
    expect(JSON.parse(stdout.split('\n')[1])).toMatchObject({ steps: Number(older.slice(-9)) });
  });

  it('by a lost or damaged latest.json: the newest checkpoint is found, or named', async () => {
    cpSync(damaged('sound'), damaged('lost'), { recursive: true });
    writeFileSync(join(at, 'lost/checkpoints/latest.json'), '{"form');
    await expectRefusal(['run', '--resume', 'lost'], /latest\.json is damaged .*: delete it/);
    rmSync(join(at, 'lost/checkpoints/latest.json'));
    const { stdout } = await rivulet(at, 'eval', 'lost', '--json', '--episodes', '2');
    expect(JSON.parse(stdout.split('\n')[1])).toMatchObject({ steps: Number(step('lost', -1).slice(-9)) });
  });

  it('by metrics, config or result that are not its own', async () => {
    cpSync(damaged('sound'), damaged('other'), { recursive: true });
    truncateSync(join(at, 'other/metrics.jsonl'), 10);
    await expectRefusal(['run', '--resume', 'other'], /other\/metrics\.jsonl has 10 bytes, but should continue at byte \d+/);
    json('other/result.json', '{}');
    await expectRefusal(['run', '--resume', 'other'], 'other/result.json is not the result of a run: delete it, and --resume other makes it again');
    json('other/config.json', '{"env": "CartPole-v1", "seeed": 3}');
    await expectRefusal(['run', '--resume', 'other'], "unknown key 'seeed' in other/config.json; did you mean 'seed'?");
    await expectRefusal(['eval', 'other'], "unknown key 'seeed' in other/config.json; did you mean 'seed'?");
    json('other/config.json', '{"env"');
    await expectRefusal(['run', '--resume', 'other'], /other\/config\.json is not valid JSON/);
  });

  it('is not evaluated before it has a checkpoint', async () => {
    mkdirSync(join(at, 'young'));
    json('young/config.json', { algorithm: 'a2c' });
    await expectRefusal(['export', 'young'], 'young has no checkpoint yet: let its run go on with --resume young');
    await expectRefusal(['eval', 'young'], 'young has no checkpoint yet: let its run go on with --resume young');
    expect(existsSync(join(at, 'young/checkpoints'))).toBe(false);
  });
});
