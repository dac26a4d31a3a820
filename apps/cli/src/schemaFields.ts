import { z } from 'zod';

/** A field of a config as a command line sees it. */
export interface SchemaField {
  /** camelCase, as in the config. */
  readonly key: string;
  /** --kebab-case */
  readonly flag: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'string' | 'array' | 'object';
  /** Words that stand for themselves: the values of an enum, or 'never' next to numbers. */
  readonly words: readonly string[];
  readonly description: string;
  readonly default: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** maxGradientNorm to --max-gradient-norm */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function fieldOf(key: string, schema: JsonSchema): SchemaField {
  const branches = schema.anyOf ?? [schema];
  const words = branches.flatMap((branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const]));
  const typed = branches.find((branch) => branch.type !== 'string') ?? branches[0];
  const bounded = (bound: number | undefined): number | undefined => (bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound);
  return {
    key,
    flag: flagOf(key),
    type: (typed.type ?? 'string') as SchemaField['type'],
    words,
    description: schema.description ?? '',
    default: schema.default,
    minimum: bounded(typed.minimum),
    maximum: bounded(typed.maximum),
  };
}

/** The fields of a strict object schema, in order. */
export function schemaFields(schema: z.ZodObject): SchemaField[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as { properties?: { [key: string]: JsonSchema } };
  return Object.entries(properties).map(([key, field]) => fieldOf(key, field));
}

/** What the text of a flag stands for; text that is no number stays text, for the schema to refuse. */
export function readFlag(field: SchemaField, text: string): unknown {
  if (field.words.includes(text)) return text;
  switch (field.type) {
    case 'number':
    case 'integer':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text === '' ? [] : text.replace(/^\[|\]$/g, '').split(',').map((item) => (Number.isFinite(Number(item)) ? Number(item) : item));
    default:
      return text;
  }
}

/** "number in 0..1; default 0.99" */
export function describeField(field: SchemaField): string {
  const range = field.minimum === undefined && field.maximum === undefined ? '' : ` ${field.minimum ?? ''}..${field.maximum ?? ''}`;
  const fallback = field.default === undefined ? '' : `, default ${Array.isArray(field.default) ? field.default.join(',') : String(field.default)}`;
  const kind = field.words.length > 0 && field.type === 'string' ? field.words.join(' | ') : [...field.words, field.type === 'array' ? 'n,n,...' : field.type].join(' | ');
  return `${field.description} (${kind}${range}${fallback})`;
}
