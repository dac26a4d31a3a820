import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { interruptSignal, signalExitCode } from './interruptSignal.js';

describe('interruptSignal', () => {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let before: unknown[][];
  let now = 0;
  beforeEach(() => {
    before = names.map((name) => process.listeners(name));
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    names.forEach((name, i) => process.listeners(name).filter((listener) => !before[i].includes(listener)).forEach((listener) => process.off(name, listener)));
    vi.restoreAllMocks();
  });

  it('aborts at the first signal, does not mind its echo, and ends the process at the second', () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const notes: string[] = [];
    const signal = interruptSignal((line) => notes.push(line));
    expect(signal.aborted).toBe(false);
    now = 5000;
    process.emit('SIGTERM', 'SIGTERM');
    expect([signal.aborted, signal.reason]).toEqual([true, 'SIGTERM']);
    now = 5900;
    process.emit('SIGINT', 'SIGINT');
    expect(exit).not.toHaveBeenCalled();
    now = 6100;
    process.emit('SIGINT', 'SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    expect(notes).toEqual(['\nstopping after this iteration, with a checkpoint (again: at once)']);
  });

  it('tells of its signal by the exit code that shells use', () => {
    expect(names.map(signalExitCode)).toEqual([130, 143, 129]);
  });
});
