import type { Message } from '@rivulet/streams';
import { map, type MonoTypeOperatorFunction } from 'rxjs';

/** Counts steps and updates from where an earlier phase of the run has ended. */
export function shifted<W>(steps: number, updates: number): MonoTypeOperatorFunction<Message<W>> {
  return map((message) => (message.kind === 'update' ? { ...message, step: message.step + steps, updates: message.updates + updates } : { ...message, step: message.step + steps }));
}
