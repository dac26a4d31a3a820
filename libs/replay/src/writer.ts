import type { HostBatch, Snapshot } from '@rivulet/engine';
import type { Column } from './column.js';

/** The rows of a replay buffer as its writer sees them. */
export interface RowStore {
  readonly columns: readonly Column[];
  /** Claims the next slot (the oldest one when all are filled) and tells the sampler. */
  claim(): number;
}

/** Decides what rows a replay buffer stores for the rows that it is given. */
export interface Writer {
  /** @param mask [rows]: rows with 0 are skipped. */
  write(batch: HostBatch, rows: number, mask: Uint8Array | undefined): void;
  snapshot(): Snapshot;
  /** @throws when the snapshot does not fit. */
  restore(snapshot: Snapshot): void;
}

/** Makes the writer of a buffer into which `envs` environment copies write. */
export type WriterFactory = (store: RowStore, envs: number) => Writer;
