import type { Worker } from 'node:worker_threads';

/** The limits of a {@link sandbox}. */
export interface SandboxLimits {
  /** Jumps and calls, to about 10 000: a turn of a loop is one or two. What it stops, it stops at the same place on every machine. 2 000 000 unless given. */
  readonly steps: number;
  /** Milliseconds of wall time: for what spends no steps, such as sums of huge numbers. 2000 unless given. */
  readonly timeMs: number;
  /** Memory of the guest; 32 MiB unless given. */
  readonly memoryBytes: number;
  /** Stack of the guest, at most 256 KiB, which is the default: about 1000 nested calls. */
  readonly stackBytes: number;
  /** The longest result and log, in characters; 4000 unless given. */
  readonly outputChars: number;
  /** The longest code, in characters; 100 000 unless given. */
  readonly codeChars: number;
}

/**
 * Why code gave no result: 'error' it threw or does not parse; 'steps', 'time', 'memory', 'stack' a limit; 'output' its result is too long; 'input' the code is; 'crash' the interpreter failed, and was
 * replaced.
 */
export type SandboxFault = 'error' | 'steps' | 'time' | 'memory' | 'stack' | 'output' | 'input' | 'crash';

/** What code came to. */
export type SandboxResult =
  | {
      readonly ok: true;
      /** The value of the last expression (or of its promise) as JSON; null where JSON has no word for it. */
      readonly json: string;
      /** What it wrote by console.log, cut to `outputChars`. */
      readonly log: string;
    }
  | { readonly ok: false; readonly fault: SandboxFault; readonly message: string; readonly log: string };

/** A place to run foreign code in. */
export interface Sandbox {
  /**
   * Runs code as a script, in an interpreter of its own: nothing is left of earlier calls. Calls wait for each other.
   * @param options.seed of Math.random; 0 unless given
   * @throws (rejects) when the sandbox was disposed, or cannot be started.
   */
  run(code: string, options?: { readonly seed?: number }): Promise<SandboxResult>;
  /** Ends it, and what runs in it. */
  dispose(): Promise<void>;
}

const DEFAULTS: SandboxLimits = { steps: 2_000_000, timeMs: 2000, memoryBytes: 32 * 2 ** 20, stackBytes: 256 * 2 ** 10, outputChars: 4000, codeChars: 100_000 };
const START_MS = 60_000;

/**
 * Runs JavaScript that a model wrote: in QuickJS, compiled to WebAssembly, on a thread of its own (Node only). The guest has the language and console.log, and nothing of the host: no files, network,
 * timers, modules, processes. Its clock stands still at 1970 and its random numbers follow from the seed, so that the same code gives the same result. Endless loops, huge values, deep nesting and
 * expressions that backtrack for ever end as a {@link SandboxFault}; where the interpreter itself hangs, its thread is ended and the next call gets a new one. An idle sandbox does not keep the process alive.
 *
 * @throws when a limit is not a positive integer, or stackBytes above 256 KiB.
 */
export function sandbox(limits: Partial<SandboxLimits> = {}): Sandbox {
  const all = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(all)) if (!Number.isSafeInteger(value) || value < 1) throw new Error(`sandbox: ${name} must be a positive integer, got ${value}`);
  // A larger guest stack could overflow that of the thread, which ends the interpreter.
  if (all.stackBytes > DEFAULTS.stackBytes) throw new Error(`sandbox: stackBytes must be at most ${DEFAULTS.stackBytes}, got ${all.stackBytes}`);
  const thread = new Thread(all);
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(code, { seed = 0 } = {}) {
      if (code.length > all.codeChars) return Promise.resolve({ ok: false, fault: 'input', message: `the code has ${code.length} characters, at most ${all.codeChars} are run`, log: '' });
      const result = last.then(() => thread.run(code, seed));
      last = result.catch(() => undefined);
      return result;
    },
    dispose: () => thread.dispose(),
  };
}

class Thread {
  #worker: Worker | undefined;
  #disposed = false;
  #interrupt: (() => void) | undefined;

  constructor(readonly limits: SandboxLimits) {}

  async run(code: string, seed: number): Promise<SandboxResult> {
    if (this.#disposed) throw new Error('sandbox: it was disposed');
    const worker = (this.#worker ??= await this.#start());
    // The interpreter keeps its own time; this is for when it does not come to look at its clock.
    const answer = await this.#answer(worker, 2 * this.limits.timeMs + 1000, () => worker.postMessage({ code, seed, limits: this.limits }));
    if (this.#disposed) throw new Error('sandbox: it was disposed');
    if (answer instanceof Error || answer === undefined) {
      this.#worker = undefined;
      await worker.terminate();
      return answer === undefined ? { ok: false, fault: 'time', message: `more than ${this.limits.timeMs} ms`, log: '' } : { ok: false, fault: 'crash', message: answer.message, log: '' };
    }
    return answer as SandboxResult;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#interrupt?.();
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #start(): Promise<Worker> {
    const threads = await import('node:worker_threads');
    // What the interpreter prints when it fails is caught and left unread: a stream that is read would keep the process alive.
    const worker = new threads.Worker(new URL('./sandboxWorker.mjs', import.meta.url), {
      env: {}, execArgv: [], stdin: false, stdout: true, stderr: true, name: 'sandbox', resourceLimits: { stackSizeMb: 16, maxOldGenerationSizeMb: 128 },
    });
    const answer = await this.#answer(worker, START_MS, () => undefined);
    if (answer === 'ready' && !this.#disposed) {
      worker.unref();
      return worker;
    }
    await worker.terminate();
    throw new Error(`sandbox: ${this.#disposed ? 'it was disposed' : answer instanceof Error ? `its thread does not start: ${answer.message}` : 'its thread does not start'}`);
  }

  /** The next message of the thread, the error that ended it, or undefined when the time is over. */
  #answer(worker: Worker, ms: number, ask: () => void): Promise<unknown> {
    return new Promise((resolve) => {
      const finish = (answer: unknown): void => {
        clearTimeout(timer);
        this.#interrupt = undefined;
        for (const event of ['message', 'error', 'exit', 'messageerror']) worker.removeAllListeners(event);
        // A thread that fails later must not end the process.
        worker.on('error', () => undefined);
        resolve(answer);
      };
      const timer = setTimeout(() => finish(undefined), ms);
      this.#interrupt = () => finish(undefined);
      worker.on('message', finish);
      worker.on('error', (error) => finish(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', (status) => finish(new Error(`the thread ended with status ${status}`)));
      ask();
    });
  }
}
