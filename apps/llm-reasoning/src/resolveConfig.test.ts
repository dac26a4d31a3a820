import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { checkRun } from './checkRun.js';
import { methodNames } from './languageMethods.js';
import { languageTasks } from './languageTasks.js';
import { presetOf } from './presets.js';
import { resolveConfig } from './resolveConfig.js';
import { taskNames } from './runConfig.js';
import { runParts } from './runParts.js';

describe('resolveConfig', () => {
  it('gives defaults, over them the preset of method and task, over it what is given, key by key', () => {
    const config = resolveConfig({});
    expect(config).toMatchObject({ task: 'arithmetic', method: 'dapo', seed: 1, backend: 'cpu', model: { positions: 'rotary' }, warmStart: { until: 0.4 } });
    expect(config).toMatchObject(presetOf('dapo', 'arithmetic'));
    const own = resolveConfig({ method: 'grpo', seed: 7, settings: { clipHigh: 0.3 }, warmStart: { until: 'never' }, taskOptions: { ops: ['+', '-'], style: 'steps' } });
    expect(own.settings).toEqual({ ...resolveConfig({ method: 'grpo' }).settings, clipHigh: 0.3 });
    expect(own).toMatchObject({ seed: 7, settings: { klCoefficient: 0.04 }, warmStart: { until: 'never', batchSize: 64 }, taskOptions: { ops: ['+', '-'], style: 'steps' } });
  });

  it('makes nothing else of what it made', () => {
    for (const task of taskNames) {
      for (const method of methodNames) {
        const config = resolveConfig({ task, method });
        expect(resolveConfig(JSON.parse(JSON.stringify(config)) as typeof config)).toEqual(config);
      }
    }
  });

  it('refuses what is unknown or out of range, with the path', () => {
    const paths = (input: { readonly [key: string]: unknown }): unknown => {
      try {
        return resolveConfig(input);
      } catch (error) {
        return (error as z.ZodError).issues.map((issue) => [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('.')).sort();
      }
    };
    expect(paths({ seeed: 1, until: 2, settings: { newTokens: 4, clipLow: 0 } })).toEqual(['seeed', 'settings.clipLow', 'settings.newTokens', 'until']);
    expect(paths({ task: 'sorting', taskOptions: { digits: 2 }, model: { width: 3 }, warmStart: { until: 0 } })).toEqual(['model.width', 'taskOptions.digits', 'warmStart.until']);
    expect(paths({ method: 'ppoo' })).toEqual(['method']);
    expect(paths({ method: 'dpo', settings: { clipLow: 0.1 }, lora: { rank: -1, targets: ['head'] } })).toEqual(['lora.rank', 'lora.targets.0', 'settings.clipLow']);
    expect(paths({ task: 'chess' })).toEqual(['task']);
    expect(paths({ warmStart: [] })).toEqual(['warmStart']);
    expect(paths({ samples: 4, minutes: 0, difficulty: 0 })).toEqual(['difficulty', 'minutes', 'samples']);
  });
});

describe('runParts', () => {
  it.each(taskNames)('%s: a vocabulary and room for its problems, of both splits', (name) => {
    const parts = runParts(resolveConfig({ task: name, difficulty: 'all' }));
    expect(parts.policy.model.form).toMatchObject({ vocab: parts.tokenizer.vocabSize, context: parts.room.promptTokens + parts.room.newTokens });
    expect(languageTasks[name].description).not.toBe('');
  });

  it('takes the difficulty and the room that are given, and draws what does not fit again', () => {
    const rng = Rng.fromSeed(3);
    const { task, room, tokenizer } = runParts(resolveConfig({ taskOptions: { digits: 3, style: 'direct' }, difficulty: 2, newTokens: 4 }));
    // '#99' and the end token fit, '#100' does not.
    expect(room).toEqual({ promptTokens: 6, newTokens: 4 });
    for (let i = 0; i < 200; i++) {
      const { difficulty, solution, prompt } = task.sample(rng, { split: i % 2 === 0 ? 'train' : 'heldOut' });
      expect(difficulty).toBe(2);
      expect(tokenizer.encode(prompt).length).toBeLessThanOrEqual(6);
      expect(solution.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('checkRun', () => {
  it('refuses what does not go together', () => {
    expect(() => checkRun(resolveConfig({ taskOptions: { ops: ['-'], style: 'carry' } }))).toThrow("arithmeticTask: the style 'carry' is for '+' alone");
    expect(() => checkRun(resolveConfig({ difficulty: 9 }))).toThrow('arithmeticTask: difficulty must be an integer in 1 .. ');
    expect(() => checkRun(resolveConfig({ model: { heads: 3 } }))).toThrow(/heads/);
    expect(() => checkRun(resolveConfig({ newTokens: 2 }))).toThrow('none of 1000 solutions fits into 2 tokens: give more newTokens, or easier problems');
    expect(() => checkRun(resolveConfig({ difficulty: 1 }))).toThrow('arithmeticTask: there seem to be fewer than 1200 different held-out problems (problems + finalProblems): ask for fewer, or hold out a larger share');
    checkRun(resolveConfig({}));
  });
});
