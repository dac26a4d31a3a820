import type { z } from 'zod';
import { nearest } from './nearest.js';
import { schemaFields, type SchemaField } from './schemaFields.js';
import { suggestion } from './suggestion.js';

type Path = readonly PropertyKey[];

/**
 * What is wrong with a config, in one line: each value with what it must be, and the nearest right name for each unknown key.
 * @param schema of the whole config; objects within it are named by dots.
 * @param nameOf how to name the place of a value: `settings.discount` by default.
 */
export function describeIssues(error: z.ZodError, schema: z.ZodObject, received: unknown, nameOf: (path: Path) => string = (path) => path.join('.')): string {
  return error.issues
    .flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, issue.path, key, nameOf));
      return [wrongValue(schema, issue, received, nameOf)];
    })
    .join('; ');
}

function unknownKey(schema: z.ZodObject, path: Path, key: string, nameOf: (path: Path) => string): string {
  return `unknown key ${nameOf([...path, key])}${rightPlace(schema, path, key) ?? suggestion(key, keysOf(schema, path))}`;
}

/** Where a key belongs that is right by itself, but in the wrong object. */
function rightPlace(schema: z.ZodObject, path: Path, key: string): string | undefined {
  const inner = schemaFields(schema).filter((field) => field.type === 'object' && keysOf(schema, [field.key]).includes(key));
  if (path.length === 0) return inner.length === 0 ? undefined : `; it belongs into ${inner.map((field) => `'${field.key}'`).join(' or ')}`;
  return keysOf(schema, []).includes(key) ? `; it belongs beside '${String(path[0])}', not into it` : undefined;
}

function keysOf(schema: z.ZodObject, path: Path): string[] {
  return schemaFields(objectAt(schema, path)).map((field) => field.key);
}

function wrongValue(schema: z.ZodObject, issue: z.core.$ZodIssue, received: unknown, nameOf: (path: Path) => string): string {
  // A wrong item of a list is told of the list as a whole.
  const depth = issue.path.findIndex((part) => typeof part === 'number');
  const path = depth === -1 ? issue.path : issue.path.slice(0, depth);
  const field = path.length === 0 ? undefined : schemaFields(objectAt(schema, path.slice(0, -1))).find(({ key }) => key === path.at(-1));
  if (field === undefined) return `${nameOf(path)}: ${issue.message}`;
  const value = path.reduce<unknown>((inner, part) => (inner as { [key: PropertyKey]: unknown })?.[part], received);
  const near = typeof value === 'string' ? nearest(value, field.words) : undefined;
  return `${nameOf(path)} is ${JSON.stringify(value)}: it must be ${expectation(field)}${near === undefined ? '' : `; did you mean '${near}'?`}`;
}

function objectAt(schema: z.ZodObject, path: Path): z.ZodObject {
  return path.reduce<z.ZodObject>((object, key) => object.shape[String(key)] as z.ZodObject, schema);
}

function expectation({ type, words, range }: SchemaField): string {
  if (type === 'string') return words.length === 0 ? 'text' : `one of ${words.join(', ')}`;
  if (type === 'array') return words.length > 0 ? `a list of some of ${words.join(', ')}` : `a list of whole numbers${range === '' ? '' : `, each ${range}`}`;
  const kind = { integer: 'a whole number', number: 'a number', boolean: 'true or false', object: 'an object' }[type];
  return `${words.map((word) => `'${word}' or `).join('')}${kind}${range === '' ? '' : ` (${range})`}`;
}
