import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeIssues } from './describeIssues.js';

const schema = z.strictObject({
  steps: z.int().min(1).default(100),
  until: z.union([z.literal('never'), z.number()]).default('never'),
  name: z.string().default('x'),
  settings: z.strictObject({
    learningRate: z.number().positive().default(1e-3),
    hidden: z.array(z.int().min(1)).default([64]),
    activation: z.enum(['tanh', 'relu']).default('tanh'),
    double: z.boolean().default(false),
  }),
});

function issues(received: unknown, nameOf?: (path: readonly PropertyKey[]) => string): string {
  return describeIssues(schema.safeParse(received).error as z.ZodError, schema, received, nameOf);
}

describe('describeIssues', () => {
  it.each<[unknown, string]>([
    [{ steps: 0, settings: {} }, 'steps is 0: it must be a whole number (at least 1)'],
    [{ steps: '9', settings: {} }, 'steps is "9": it must be a whole number (at least 1)'],
    [{ until: 'soon', settings: {} }, "until is \"soon\": it must be 'never' or a number"],
    [{ name: 3, settings: {} }, 'name is 3: it must be text'],
    [{ settings: { learningRate: 0 } }, 'settings.learningRate is 0: it must be a number (above 0)'],
    [{ settings: { hidden: [64, 'x'] } }, 'settings.hidden is [64,"x"]: it must be a list of whole numbers, each at least 1'],
    [{ settings: { hidden: 64 } }, 'settings.hidden is 64: it must be a list of whole numbers, each at least 1'],
    [{ settings: { activation: 'relo' } }, "settings.activation is \"relo\": it must be one of tanh, relu; did you mean 'relu'?"],
    [{ settings: { double: 1 } }, 'settings.double is 1: it must be true or false'],
    [{ settings: 3 }, 'settings is 3: it must be an object'],
    [{ stepz: 3, settings: {} }, "unknown key stepz; did you mean 'steps'?"],
    [{ qqqqqq: 3, settings: {} }, 'unknown key qqqqqq; there are steps, until, name, settings'],
    [{ settings: { lerningRate: 1 } }, "unknown key settings.lerningRate; did you mean 'learningRate'?"],
    [{ learningRate: 1, settings: {} }, "unknown key learningRate; it belongs into 'settings'"],
    [{ settings: { steps: 1 } }, "unknown key settings.steps; it belongs beside 'settings', not into it"],
  ])('%j: %s', (received, line) => {
    expect(issues(received)).toBe(line);
  });

  it('names all that is wrong, as the caller wants it named', () => {
    expect(issues({ steps: -1, a: 1, settings: { double: 'no' } }, (path) => `<${path.join('/')}>`)).toBe(
      '<steps> is -1: it must be a whole number (at least 1); <settings/double> is "no": it must be true or false; unknown key <a>; there are steps, until, name, settings',
    );
  });
});
