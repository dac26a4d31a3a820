import type { Json } from '@rivulet/engine';
import type { BoundaryMessage, EpisodeSummary, Message } from './messages.js';

const SPECIAL = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

function fail(what: string, value: Json | undefined): never {
  throw new Error(`decodeMessage: ${what}, got ${JSON.stringify(value)}`);
}

function number(value: Json | undefined, name: string): number {
  if (typeof value === 'number') return value;
  return (typeof value === 'string' ? SPECIAL.get(value) : undefined) ?? fail(`'${name}' must be a number`, value);
}

function text(value: Json | undefined, name: string): string {
  return typeof value === 'string' ? value : fail(`'${name}' must be a text`, value);
}

function record(value: Json | undefined, name: string): { readonly [key: string]: Json } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return fail(`'${name}' must be an object`, value);
  return value as { readonly [key: string]: Json };
}

function episodes(value: Json | undefined): EpisodeSummary[] {
  if (!Array.isArray(value)) return fail("'episodes' must be a list", value);
  return value.map((item: Json) => {
    const episode = record(item, 'episodes');
    return { return: number(episode['return'], 'episodes.return'), length: number(episode['length'], 'episodes.length') };
  });
}

/**
 * The message that `encodeMessage` wrote, with the same bits in every number.
 * @throws when the value is no message, naming the entry.
 */
export function decodeMessage(json: Json): Exclude<Message, BoundaryMessage> {
  const fields = record(json, 'message');
  const step = number(fields['step'], 'step');
  switch (fields['kind']) {
    case 'rollout':
      return {
        kind: 'rollout',
        step,
        steps: number(fields['steps'], 'steps'),
        episodes: episodes(fields['episodes']),
        meanReturn: fields['meanReturn'] === undefined ? undefined : number(fields['meanReturn'], 'meanReturn'),
        window: number(fields['window'], 'window'),
        policyLag: number(fields['policyLag'], 'policyLag'),
      };
    case 'update': {
      const metrics = Object.entries(record(fields['metrics'], 'metrics')).map(([name, value]) => [name, number(value, `metrics.${name}`)]);
      return { kind: 'update', step, updates: number(fields['updates'], 'updates'), metrics: Object.fromEntries(metrics) };
    }
    case 'evaluation':
      return { kind: 'evaluation', step, episodes: episodes(fields['episodes']), meanReturn: number(fields['meanReturn'], 'meanReturn') };
    case 'checkpoint':
      return { kind: 'checkpoint', step, path: text(fields['path'], 'path') };
    default:
      return fail("'kind' must be rollout, update, evaluation or checkpoint", fields['kind']);
  }
}
