import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { describeField, readFlag, schemaFields } from './schemaFields.js';

/** One flag a field: --learning-rate <number>. A boolean needs no value: --double means --double true. */
export function flagsOf(schema: z.ZodObject): Option[] {
  return schemaFields(schema)
    .filter((field) => field.type !== 'object')
    .map((field) => new Option(`${field.flag} ${field.type === 'boolean' ? '[boolean]' : '<value>'}`, describeField(field)));
}

/** The values of those flags that were given. */
export function readFlags(schema: z.ZodObject, options: { readonly [key: string]: unknown }): { [key: string]: unknown } {
  const given = schemaFields(schema).filter((field) => field.type !== 'object' && options[field.key] !== undefined);
  return Object.fromEntries(given.map((field) => [field.key, options[field.key] === true ? true : readFlag(field, String(options[field.key]))]));
}

/** The flags that every command has. */
export function outputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--quiet', 'no progress and no notes')
    .option('--json', 'end the output with one line of JSON')
    .option('--debug', 'show the stack of an error')
    .helpOption('--help', 'show this help');
}
