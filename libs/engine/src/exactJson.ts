function describeValue(value: unknown): string {
  if (typeof value !== 'object') return typeof value === 'number' ? String(value) : typeof value;
  return (value as object).constructor?.name ?? 'an object without a prototype';
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * JSON that reads back as exactly the same value: every double with all its bits (-0 too), nothing dropped.
 * @throws for NaN, infinities, undefined, typed arrays, dates, class instances..., naming the path.
 */
export function exactJson(value: unknown, path = ''): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  const child = (key: string | number): string => (path === '' ? String(key) : `${path}/${key}`);
  if (Array.isArray(value)) return `[${Array.from(value, (item: unknown, i) => exactJson(item, child(i))).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${exactJson(item, child(key))}`)
      .join(',')}}`;
  }
  throw new Error(`'${path}' is ${describeValue(value)}, which JSON cannot hold: store finite numbers, texts, booleans, null, lists and records, and put arrays into the snapshot's arrays`);
}
