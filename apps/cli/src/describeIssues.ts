import type { z } from 'zod';
import { suggestion } from './nearest.js';
import { schemaFields } from './schemaFields.js';

/** What is wrong with a config, in one line: each key, what it should be, and the nearest right name for an unknown one. */
export function describeIssues(error: z.ZodError, schema: z.ZodObject, received: { readonly [key: string]: unknown }): string {
  const fields = schemaFields(schema);
  return error.issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `unknown key '${key}'${suggestion(key, fields.map((field) => field.key))}`).join('; ');
      const key = String(issue.path[0]);
      const value = received[key];
      const words = fields.find((field) => field.key === key)?.words ?? [];
      const near = typeof value === 'string' && words.length > 0 ? suggestion(value, words) : '';
      return `${issue.path.join('.')} is ${JSON.stringify(value)}: ${lowerFirst(issue.message)}${near}`;
    })
    .join('; ');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
