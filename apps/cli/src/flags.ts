import { Option } from 'commander';
import type { z } from 'zod';
import { schemaFields, type SchemaField } from './schemaFields.js';

/**
 * One flag a field: --learning-rate <x>. A boolean needs no value: --double means --double true.
 * @param preset values that hold instead of the defaults; the help shows them.
 * @param prefix what the flags begin with: with 'warm-start', --warm-start-learning-rate <x>.
 */
export function flagsOf(schema: z.ZodObject, preset: { readonly [key: string]: unknown } = {}, prefix?: string): Option[] {
  return flagFields(schema).map((field) => new Option(`${flagName(field.key, prefix)} ${placeholder(field)}`, describe(field, preset[field.key])));
}

/** The values of those flags that were given, by key. Text that is no value of its field stays text, for the schema to refuse. */
export function readFlags(schema: z.ZodObject, options: { readonly [key: string]: unknown }, prefix?: string): { [key: string]: unknown } {
  const given = flagFields(schema).flatMap((field) => {
    const option = options[new Option(flagName(field.key, prefix)).attributeName()];
    return option === undefined ? [] : [[field.key, option === true ? true : readValue(field, String(option))]];
  });
  return Object.fromEntries(given) as { [key: string]: unknown };
}

/** --kebab-case of a key in camelCase. */
export function flagName(key: string, prefix?: string): string {
  return `--${prefix === undefined ? '' : `${prefix}-`}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function flagFields(schema: z.ZodObject): SchemaField[] {
  return schemaFields(schema).filter((field) => field.type !== 'object');
}

function readValue({ type, words }: SchemaField, text: string): unknown {
  if (type !== 'array' && words.includes(text)) return text;
  switch (type) {
    case 'number':
    case 'integer':
      return readNumber(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.trim() === '' ? [] : text.replace(/^\[|\]$/g, '').split(',').map((item) => (words.includes(item) ? item : readNumber(item)));
    default:
      return text;
  }
}

function readNumber(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function placeholder({ type, words }: SchemaField): string {
  if (type === 'boolean') return '[bool]';
  if (type === 'array' && words.length > 0) return '<name,...>';
  const kind = { integer: 'n', number: 'x', array: 'n,...', string: 'name', object: 'json' }[type];
  return `<${words.length > 0 && type !== 'string' ? `${words.join('|')}|` : ''}${kind}>`;
}

function describe(field: SchemaField, preset: unknown): string {
  // A least number says little: only what is refused for it names it.
  const range = field.range.startsWith('at least') ? '' : field.range;
  const values = field.type === 'string' || (field.type === 'array' && field.words.length > 0) ? field.words.join(', ') : field.type === 'boolean' ? 'true, false' : range;
  const inForce = preset === undefined ? field.default : preset;
  const fallback = inForce === undefined ? '' : `${preset === undefined ? 'default' : 'preset'}: ${String(inForce)}`;
  const facts = [values, fallback].filter((fact) => fact !== '').join('; ');
  return facts === '' ? field.description : `${field.description} (${facts})`;
}
