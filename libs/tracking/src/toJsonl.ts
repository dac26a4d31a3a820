import { encodeMessage, type Message } from '@rivulet/streams';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { LineFile, type LineFileStart } from './lineFile.js';
import { toLines } from './toLines.js';

export interface ToJsonlOptions {
  /** Where writing begins, if a path was given: 0 (a new file) by default. */
  readonly from?: LineFileStart;
  /**
   * Which messages are written: by default rollouts, updates and evaluations. Checkpoints are left out, since their
   * paths differ from run to run; boundaries cannot be written.
   */
  readonly kinds?: readonly Message['kind'][];
}

/**
 * Writes one JSON line per message, from which `readJsonl` makes the same messages again, bit for bit. There is no time
 * in it: two runs with the same seed write the same bytes.
 *
 * The file is opened on subscribe and closed at the end. To cut what was written after a checkpoint, pass a
 * {@link LineFile} and store its `position` in the checkpoint. All messages pass unchanged.
 *
 * @throws (as an error of the stream) when the file cannot be opened or written.
 */
export function toJsonl<M extends Message>(target: string | LineFile, { from, kinds = ['rollout', 'update', 'evaluation'] }: ToJsonlOptions = {}): MonoTypeOperatorFunction<M> {
  const linesOf = (message: M): string[] => {
    const record = kinds.includes(message.kind) ? encodeMessage(message) : undefined;
    return record === undefined ? [] : [JSON.stringify(record)];
  };
  return toLines(typeof target === 'string' ? () => new LineFile(target, { from }) : target, linesOf);
}
