import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { schemaFields } from './schemaFields.js';

describe('schemaFields', () => {
  it('tells of every kind of field what a command line needs', () => {
    const schema = z.strictObject({
      env: z.string().default('Chain-v0').describe('which'),
      algorithm: z.enum(['ppo', 'dqn']),
      numEnvs: z.int().min(1).default(4),
      discount: z.number().min(0).max(1),
      tau: z.number().gt(0).max(1),
      until: z.union([z.literal('never'), z.number()]).default('never'),
      double: z.boolean().default(true),
      hidden: z.array(z.int().min(1)).default([64, 64]),
      ops: z.array(z.enum(['+', '-'])),
      settings: z.record(z.string(), z.unknown()).default({}),
    });
    const field = (key: string, type: string, more: object): object => ({ key, type, words: [], description: '', default: undefined, range: '', ...more });
    expect(schemaFields(schema)).toEqual([
      field('env', 'string', { default: 'Chain-v0', description: 'which' }),
      field('algorithm', 'string', { words: ['ppo', 'dqn'] }),
      field('numEnvs', 'integer', { default: 4, range: 'at least 1' }),
      field('discount', 'number', { range: '0 to 1' }),
      field('tau', 'number', { range: 'above 0, at most 1' }),
      field('until', 'number', { words: ['never'], default: 'never' }),
      field('double', 'boolean', { default: true }),
      field('hidden', 'array', { default: [64, 64], range: 'at least 1' }),
      field('ops', 'array', { words: ['+', '-'] }),
      field('settings', 'object', { default: {} }),
    ]);
  });
});
