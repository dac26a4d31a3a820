import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type RunResult, runResult } from '@rivulet/llm-reasoning';
import { describe, expect, it } from 'vitest';
import { contents, finalTensors, lastJson, rivulet, scratch, start, untilLines } from '../test/rivulet.js';

const at = scratch();

/** A second or two of a tiny model that learns the parity of sums. */
const short = [
  ...['llm-reasoning', '--task-digits', '2', '--task-style', 'direct', '--task-modulus', '2', '--difficulty', '2', '--model-dim', '8', '--model-layers', '1', '--model-heads', '2', '--model-mlp-dim', '8'],
  ...['--warm-start-until', 'never', '--warm-start-rounds', '4', '--warm-start-batch-size', '8', '--warm-start-learning-rate', '0.01'],
  ...['--until', 'never', '--rounds', '6', '--evaluate-every', '3', '--problems', '6', '--final-problems', '10', '--prompts', '4', '--group-size', '4', '--minibatch-prompts', '2'],
];

const lines = (folder: string): string => readFileSync(join(at, folder, 'metrics.jsonl'), 'utf8');

describe('rivulet run llm-reasoning', () => {
  it('trains, reports, and ends with one line of JSON', async () => {
    const ended = await rivulet(at, 'run', ...short, '--json', '--seed', '3');
    expect(ended.code).toBe(0);
    const result = runResult.parse(lastJson<RunResult>(ended));
    expect(result).toMatchObject({ task: 'arithmetic', method: 'dapo', seed: 3, stopped: 'rounds', rounds: 6, files: { folder: 'runs/arithmetic-dapo-3-1' } });
    for (const value of [result.warmStartAccuracy, result.heldOutAccuracy, result.sampledTokens, result.seconds, result.tokensPerSecond]) expect(typeof value).toBe('number');
    for (const file of Object.values(result.files)) expect(existsSync(join(at, file)), file).toBe(true);
    const [first, warm, final] = ended.stdout.split('\n');
    expect(first).toMatch(/^all rounds were made after 6 rounds and \d+ sampled tokens/);
    expect(warm).toMatch(/^warm start: \S+ % of 10 held-out problems \(sampled: pass@1 \S+ %, pass@4 \S+ %, pass@8 \S+ %, majority \S+ %; \S+ tokens\)$/);
    expect(final).toMatch(/^at the end: /);
    expect(ended.stderr).toMatch(/^Backend .*\ndapo on arithmetic, seed 3, at most 6 rounds after the warm start; run folder runs\/arithmetic-dapo-3-1\nwarm start 2\/4 /);
    expect(ended.stderr).toMatch(/\ndapo 6\/6 .* held out /);

    // Its config makes the same run, without naming the app; a finished run shows its result.
    const again = await rivulet(at, 'run', '--config', `${result.files.folder}/config.json`, '--out', 'again', '--quiet');
    expect(again).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lines('again')).toBe(lines(result.files.folder));
    const shown = await rivulet(at, 'run', '--resume', 'again', '--json', '--quiet');
    expect(lastJson<RunResult>(shown)).toMatchObject({ heldOutAccuracy: result.heldOutAccuracy });
  });

  it('learns from a reward model, and tells what the model thinks', async () => {
    const ended = await rivulet(at, 'run', ...short, '--method', 'grpo', '--reward', 'model', '--reward-model-rounds', '3', '--reward-model-prompts', '4', '--reward-model-noise', '0.5', '--rounds', '3', '--json', '--out', 'modelled');
    expect(ended.code).toBe(0);
    const result = runResult.parse(lastJson<RunResult>(ended));
    expect(result).toMatchObject({ rounds: 3, rewardModel: { rounds: 3, comparisons: 72 } });
    expect(ended.stdout.split('\n')[2]).toMatch(/^reward model: \S+ % of \d+ held-out pairs in order after 72 comparisons; mean score \S+ for the warm start, \S+ at the end$/);
    expect(ended.stderr).toMatch(/\nreward model 3\/3 .*\nafter the reward model {2}.*\n/);
    const shown = await rivulet(at, 'eval', 'modelled', '--json', '--quiet');
    expect(lastJson(shown)).toMatchObject({ scores: result.scores.final, phase: 'method' });
    expect((await rivulet(at, 'run', '--resume', 'modelled', '--reward', 'verifier')).stderr).toContain('so reward cannot be given');
  });

  it('goes on to the same bits after Ctrl-C and after kill -9, in either phase', async () => {
    const long = [...short, '--warm-start-rounds', '60', '--rounds', '60', '--checkpoint-seconds', '0.05', '--quiet'];
    await rivulet(at, 'run', ...long, '--out', 'whole');
    const first = start(at, ['run', ...long, '--out', 'broken', '--json']);
    await untilLines(first, join(at, 'broken'), 20);
    first.process.kill('SIGINT');
    const ended = await first.ended;
    expect(ended.code).toBe(130);
    expect(lastJson<RunResult>(ended)).toMatchObject({ stopped: 'interrupted', heldOutAccuracy: null });
    const second = start(at, ['run', '--resume', 'broken', '--quiet']);
    await untilLines(second, join(at, 'broken'), 190);
    second.process.kill('SIGKILL');
    await second.ended;
    expect(await rivulet(at, 'run', '--resume', 'broken', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lines('broken')).toBe(lines('whole'));
    expect(finalTensors(join(at, 'broken')).equals(finalTensors(join(at, 'whole')))).toBe(true);
    expect(readFileSync(join(at, 'broken/transcripts.jsonl'), 'utf8')).toBe(readFileSync(join(at, 'whole/transcripts.jsonl'), 'utf8'));
  });

  it('is asked again what it was asked at its end, or other problems', async () => {
    await rivulet(at, 'run', ...short, '--out', 'asked', '--quiet');
    const before = contents(join(at, 'asked'));
    const { scores } = JSON.parse(readFileSync(join(at, 'asked/result.json'), 'utf8')) as RunResult;
    const ended = await rivulet(at, 'eval', 'asked', '--json');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^dapo on arithmetic after \d+ tokens: \S+ % of 10 held-out problems .*\n( {2}".*" -> ".*" {3}\w.*\n){5}\{/);
    expect(lastJson(ended)).toMatchObject({ scores: scores.final, phase: 'method', seed: 1 });
    const other = lastJson<{ scores: { problems: number } }>(await rivulet(at, 'eval', 'asked', '--episodes', '7', '--seed', '5', '--json', '--quiet'));
    expect(other).toMatchObject({ scores: { problems: 7 }, seed: 5 });
    expect(contents(join(at, 'asked'))).toEqual(before);
  });

  it('is written as a folder that a run can begin with', async () => {
    await rivulet(at, 'run', ...short, '--out', 'source', '--quiet');
    const before = contents(join(at, 'source'));
    const ended = await rivulet(at, 'export', 'source', '--json');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^source\/model: llama, \d+ parameters, of dapo on arithmetic after \d+ tokens, [\d.]+ KiB\nfiles: {3}config\.json, model\.safetensors, tokenizer\.json, tokenizer_config\.json\nchecked: largest difference of a log-probability \S+ on 32 worked solutions/);
    expect(lastJson(ended)).toMatchObject({ passed: true, files: { folder: 'source', model: 'source/model' } });
    expect(Object.fromEntries(Object.entries(contents(join(at, 'source'))).filter(([path]) => !path.includes(`${sep}model${sep}`)))).toEqual(before);

    const adapted = ['llm-reasoning', ...short.slice(1).filter((flag, i, all) => !flag.startsWith('--model') && !all[i - 1]?.startsWith('--model') && !flag.startsWith('--warm') && !all[i - 1]?.startsWith('--warm'))];
    const second = await rivulet(at, 'run', ...adapted, '--pretrained', 'source/model', '--lora-rank', '2', '--lora-targets', 'query,up', '--warm-start-rounds', '0', '--method', 'ppo', '--group-size', '1', '--out', 'adapted', '--json');
    expect(second).toMatchObject({ code: 0 });
    expect(lastJson(second)).toMatchObject({ method: 'ppo', warmStartTokens: 0, rounds: 6 });
    expect(await rivulet(at, 'export', 'adapted', '--to', 'twice', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(at, 'twice')).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
    expect((await rivulet(at, 'export', 'adapted', '--batch', '4')).stderr).toMatch(/^error: --batch is of ONNX models/);
  });

  it('has its own flags in its help', async () => {
    const { code, stdout } = await rivulet(at, 'run', 'llm-reasoning', '--help');
    expect(code).toBe(0);
    for (const part of ['--method <name>', '--until <never|x>', '--task-digits <n>', '--model-dim <n>', '--warm-start-until <never|x>', '--reward <name>', '--reward-model-noise <x>', '--clip-high <x>', 'preset: 0.28', 'Settings of dapo:', 'Task arithmetic:']) expect(stdout).toContain(part);
    expect(stdout).not.toContain('--env');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
    const other = await rivulet(at, 'run', '--method', 'grpo', 'llm-reasoning', '--task=sorting', '-h');
    expect(other.stdout).toContain('Task sorting:');
    expect(other.stdout).toMatch(/--kl-coefficient <x> .*\(preset: 0\.04\)/);
    expect((await rivulet(at, 'run', '--help')).stdout).toContain('Settings of ppo on CartPole-v1:');
  });

  describe('refuses', () => {
    writeFileSync(join(at, 'unknown.json'), JSON.stringify({ method: 'grpo', roundz: 3, learningRate: 1, warmStart: { untill: 0.5 } }));
    mkdirSync(join(at, 'runs'), { recursive: true });

    it.concurrent.each<[string, string[], string | RegExp]>([
      ['an unknown method', ['--method', 'grpoo'], "unknown method 'grpoo'; did you mean 'grpo'?"],
      ['an unknown task', ['--task', 'sortin'], "unknown task 'sortin'; did you mean 'sorting'?"],
      ['a flag of the other app', ['--env', 'CartPole-v1'], /^error: unknown option '--env'.* \(see rivulet run --help\)\n$/],
      ['wrong values, by their flags', ['--until', '2', '--warm-start-until', 'soon', '--task-ops', '+,/', '--clip-high', '0'], [
        '--until is 2: it must be \'never\' or a number (above 0, at most 1)',
        '--task-ops is ["+","/"]: it must be a list of some of +, -, *',
        "--warm-start-until is \"soon\": it must be 'never' or a number (above 0, at most 1)",
        '--clip-high is 0: it must be a number (above 0)',
      ].join('; ')],
      ['unknown keys in a file', ['--config', 'unknown.json'], [
        "unknown key 'warmStart.untill' in unknown.json; did you mean 'until'?",
        "unknown key 'roundz' in unknown.json; did you mean 'rounds'?",
        "unknown key 'learningRate' in unknown.json; it belongs into 'warmStart' or 'rewardModel' or 'settings'",
      ].join('; ')],
      ['options that do not go together', ['--task-ops', '-', '--task-style', 'carry'], "arithmeticTask: the style 'carry' is for '+' alone"],
      ['a difficulty that the task does not have', ['--task-digits', '3', '--difficulty', '9'], 'arithmeticTask: difficulty must be an integer in 1 .. 3, got 9'],
      ['a model that does not fit together', ['--model-heads', '3'], /^error: .*heads/],
      ['no room for an answer', ['--new-tokens', '2'], /none of 1000 solutions fits into 2 tokens/],
    ])('%s', async (_, args, line) => {
      const ended = await rivulet(at, 'run', 'llm-reasoning', '--out', 'refused', ...args);
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      if (typeof line === 'string') expect(ended.stderr).toBe(`error: ${line}\n`);
      else expect(ended.stderr).toMatch(line);
      expect(existsSync(join(at, 'refused'))).toBe(false);
    });

    it('to change such a run on its way', async () => {
      await rivulet(at, 'run', ...short, '--rounds', '1', '--out', 'done', '--quiet');
      const before = contents(join(at, 'done'));
      expect((await rivulet(at, 'run', '--resume', 'done', '--rounds', '9', '--warm-start-until', '0.5')).stderr).toBe('error: --resume continues a run with its own settings, so rounds, warmStart.until cannot be given: start a new run instead\n');
      expect(contents(join(at, 'done'))).toEqual(before);
      expect(readdirSync(join(at, 'done'))).toContain('result.json');
    });
  });
});
