import type { Verdict } from './tokenTask.js';

/** Reward 1. */
export const right: Verdict = { reward: 1, reason: 'right' };

/** Reward 0, with a reason. */
export function wrong(reason: string, detail?: string): Verdict {
  return detail === undefined ? { reward: 0, reason } : { reward: 0, reason, detail };
}

/** A text for a message: short, in quotes, whatever it holds. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
