import { z } from 'zod';

/** What a field of a config holds. */
export type FieldType = 'number' | 'integer' | 'boolean' | 'string' | 'array' | 'object';

/** A field of a config as a command line sees it. */
export interface SchemaField {
  /** camelCase, as in the config. */
  readonly key: string;
  readonly type: FieldType;
  /** Words that stand for themselves: the values of an enum, those that a list may hold, or 'never' next to numbers. */
  readonly words: readonly string[];
  readonly description: string;
  readonly default: unknown;
  /** The bounds of the number, or of the numbers in the list: "0 to 1", "at least 1", "above 0"; empty without. */
  readonly range: string;
}

interface JsonSchema {
  readonly type?: FieldType;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** The fields of a strict object schema, in order. */
export function schemaFields(schema: z.ZodObject): SchemaField[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as { properties?: { [key: string]: JsonSchema } };
  return Object.entries(properties).map(([key, field]) => fieldOf(key, field));
}

function fieldOf(key: string, schema: JsonSchema): SchemaField {
  const branches = schema.anyOf ?? [schema];
  const typed = branches.find((branch) => branch.type !== 'string') ?? branches[0];
  return {
    key,
    type: typed.type ?? 'string',
    words: branches.flatMap((branch) => branch.enum ?? branch.items?.enum ?? (branch.const === undefined ? [] : [branch.const])),
    description: schema.description ?? '',
    default: schema.default,
    range: rangeOf(typed.items ?? typed),
  };
}

/** zod gives every integer the bounds of what a double can count: they say nothing. */
function rangeOf({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const least = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const most = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  const bounds = [exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`, least === undefined ? '' : `at least ${least}`, most === undefined ? '' : `at most ${most}`];
  return bounds.filter((bound) => bound !== '').join(', ');
}
