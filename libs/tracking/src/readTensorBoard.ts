import { readFileSync } from 'node:fs';
import { decodeEvent, type TensorBoardEvent } from './tensorBoardEvent.js';
import { unframeRecords } from './tfRecord.js';

/**
 * The events of a file that `toTensorBoard` wrote. Strict: every checksum, field and type must be right.
 * @throws when anything is not, or the first event is not the version `brain.Event:2`.
 */
export function readTensorBoard(path: string): TensorBoardEvent[] {
  const events = unframeRecords(readFileSync(path)).map((record) => decodeEvent(record));
  if (events[0]?.fileVersion !== 'brain.Event:2') throw new Error(`readTensorBoard: ${path} does not begin with the version brain.Event:2`);
  return events;
}
