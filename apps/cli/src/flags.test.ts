import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { flagsOf, readFlags } from './flags.js';

const schema = z.strictObject({
  algorithm: z.enum(['ppo', 'dqn']).default('ppo').describe('which'),
  batchSize: z.int().min(1).default(64).describe('how many'),
  until: z.union([z.literal('never'), z.number()]).default('never').describe('when to stop'),
  double: z.boolean().default(true).describe('twice'),
  hidden: z.array(z.int().min(1)).default([64, 64]).describe('widths'),
  discount: z.number().min(0).max(1).describe('γ'),
  settings: z.record(z.string(), z.unknown()).default({}),
});

describe('flagsOf', () => {
  it('makes one flag a field, with the values it takes and what holds without it', () => {
    expect(flagsOf(schema).map(({ flags, description }) => [flags, description])).toEqual([
      ['--algorithm <name>', 'which (ppo, dqn; default: ppo)'],
      ['--batch-size <n>', 'how many (default: 64)'],
      ['--until <never|x>', 'when to stop (default: never)'],
      ['--double [bool]', 'twice (true, false; default: true)'],
      ['--hidden <n,...>', 'widths (default: 64,64)'],
      ['--discount <x>', 'γ (0 to 1)'],
    ]);
  });

  it('shows presets instead of defaults', () => {
    const [, batchSize, until] = flagsOf(schema, { batchSize: 32, until: 475 });
    expect([batchSize.description, until.description]).toEqual(['how many (preset: 32)', 'when to stop (preset: 475)']);
  });
});

describe('readFlags', () => {
  it('reads text as what its field holds', () => {
    const read = readFlags(schema, { algorithm: 'dqn', batchSize: '1e2', until: 'never', double: true, hidden: '32,16', discount: '.5', out: 'x' });
    expect(read).toEqual({ algorithm: 'dqn', batchSize: 100, until: 'never', double: true, hidden: [32, 16], discount: 0.5 });
    expect(readFlags(schema, { until: '-85', double: 'false', hidden: '[8]' })).toEqual({ until: -85, double: false, hidden: [8] });
    expect(readFlags(schema, { hidden: '' })).toEqual({ hidden: [] });
    expect(readFlags(schema, {})).toEqual({});
  });

  it('leaves what it cannot read as it is, for the schema to refuse', () => {
    const read = readFlags(schema, { batchSize: 'many', until: '', double: 'yes', hidden: '8,,x', discount: 'Infinity' });
    expect(read).toEqual({ batchSize: 'many', until: '', double: 'yes', hidden: [8, '', 'x'], discount: 'Infinity' });
    expect(schema.safeParse({ ...read, discount: 1 }).error?.issues.map((issue) => issue.path[0])).toEqual(['batchSize', 'until', 'double', 'hidden', 'hidden']);
  });
});
