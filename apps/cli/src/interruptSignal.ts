import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Within this time, in milliseconds, a second signal is the same one: npm passes on a Ctrl-C that the terminal has sent already. */
const ECHO = 1000;

/** The exit code by which shells tell of a signal. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/**
 * Aborts, with the signal's name as the reason, at the first Ctrl-C, SIGTERM or SIGHUP, so that the work can end well;
 * a second one ends the process at once.
 */
export function interruptSignal(note: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const interrupt = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      note('\nstopping after this iteration, with a checkpoint (again: at once)');
      controller.abort(name);
    } else if (performance.now() - first > ECHO) process.exit(signalExitCode(name));
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return controller.signal;
}
