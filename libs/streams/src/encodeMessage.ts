import type { Json } from '@rivulet/engine';
import type { EpisodeSummary, Message } from './messages.js';

/** A message as plain JSON that can be stored and sent. */
export type MessageRecord = { readonly [key: string]: Json };

// JSON writes NaN and the infinities as null and loses the sign of zero.
function encodeNumber(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function encodeEpisodes(episodes: readonly EpisodeSummary[]): Json {
  return episodes.map((episode) => ({ return: encodeNumber(episode.return), length: episode.length }));
}

/**
 * A message as plain JSON, from which `decodeMessage` makes the same message again, bit for bit. Numbers that JSON
 * cannot write become the texts 'NaN', 'Infinity', '-Infinity' and '-0'; an undefined mean is left out.
 * A boundary cannot be stored: it gives undefined.
 */
export function encodeMessage(message: Message): MessageRecord | undefined {
  switch (message.kind) {
    case 'rollout': {
      const { kind, step, steps, episodes, meanReturn, window, policyLag } = message;
      const mean: MessageRecord = meanReturn === undefined ? {} : { meanReturn: encodeNumber(meanReturn) };
      return { kind, step, steps, episodes: encodeEpisodes(episodes), ...mean, window, policyLag };
    }
    case 'update': {
      const { kind, step, updates, metrics } = message;
      return { kind, step, updates, metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, encodeNumber(value)])) };
    }
    case 'evaluation': {
      const { kind, step, episodes, meanReturn } = message;
      return { kind, step, episodes: encodeEpisodes(episodes), meanReturn: encodeNumber(meanReturn) };
    }
    case 'checkpoint': {
      const { kind, step, path } = message;
      return { kind, step, path };
    }
    case 'boundary':
      return undefined;
  }
}
