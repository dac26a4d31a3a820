import type { Snapshot } from '@rivulet/engine';
import type { BoundaryMessage } from './messages.js';

/** A boundary as the loop sees it. */
export interface OpenBoundary<W> {
  readonly message: BoundaryMessage<W>;
  /** Waits until all that holds the boundary is settled. Rejects with the first failure, after the others have settled. */
  settle(): Promise<void>;
  /** Settles it for good: from then on `hold` and `snapshot` throw. */
  close(): Promise<void>;
}

/** A boundary that can be held until it is closed. */
export function openBoundary<W>(facts: Omit<BoundaryMessage<W>, 'kind' | 'hold'>): OpenBoundary<W> {
  let open = true;
  let holds: Promise<unknown>[] = [];
  const assertOpen = (what: string): void => {
    if (!open) throw new Error(`${what}: the boundary at step ${facts.step} is over; call it before the boundary's hold is released`);
  };
  const settle = async (): Promise<void> => {
    let failure: PromiseRejectedResult | undefined;
    while (holds.length > 0) {
      const current = holds;
      holds = [];
      const results = await Promise.allSettled(current);
      failure ??= results.find((result) => result.status === 'rejected');
    }
    if (failure !== undefined) throw failure.reason;
  };
  return {
    message: {
      ...facts,
      kind: 'boundary',
      async snapshot(): Promise<Snapshot> {
        assertOpen('BoundaryMessage.snapshot');
        return facts.snapshot();
      },
      hold(work: Promise<unknown>): void {
        assertOpen('BoundaryMessage.hold');
        work.catch(() => undefined); // `settle` reports it: without this, Node would end the process first.
        holds.push(work);
      },
    },
    settle,
    async close(): Promise<void> {
      try {
        await settle();
      } finally {
        open = false;
      }
    },
  };
}
