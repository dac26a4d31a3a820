/** Aborts at the first Ctrl-C (or SIGTERM), so that the work can end well; the second one ends the process at once. */
export function interruptSignal(note: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    note('\nstopping after this iteration, with a checkpoint (again: at once)');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
