import { parentPort } from 'node:worker_threads';
import { newQuickJSWASMModule } from 'quickjs-emscripten';

/*
 * The thread of a sandbox, in plain JavaScript, since Node starts workers from files that it can run as they are. Foreign code runs in a fresh QuickJS runtime without any function of the host; what
 * comes back is text.
 */

/**
 * @typedef {import('quickjs-emscripten').QuickJSWASMModule} Module
 * @typedef {import('quickjs-emscripten').QuickJSContext} Context
 * @typedef {import('quickjs-emscripten').QuickJSHandle} Handle
 * @typedef {import('./sandbox.js').SandboxLimits} Limits
 * @typedef {import('./sandbox.js').SandboxResult} Result
 * @typedef {import('./sandbox.js').SandboxFault} Fault
 */

/** QuickJS asks its interrupt handler once in so many jumps and calls. */
const STEPS_PER_ASK = 10_000;
/** So many jobs of promises count as one question. */
const JOBS_PER_ASK = 64;

/**
 * Runs in the guest before its code: a clock that stands still, random numbers that follow from a seed, console.log into a text. Returns what the host calls afterwards; the guest cannot reach it, and
 * it uses no function that the guest could have replaced but by its own replacement.
 */
const PRELUDE = `(seed, logLimit) => {
  'use strict';
  const { stringify } = JSON;
  const Text = String;
  let state = seed >>> 0;
  Math.random = function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const RealDate = Date;
  const FixedDate = function Date(...parts) {
    if (!new.target) return new RealDate(0).toString();
    return Reflect.construct(RealDate, parts.length === 0 ? [0] : parts, new.target);
  };
  FixedDate.prototype = RealDate.prototype;
  Object.defineProperty(RealDate.prototype, 'constructor', { value: FixedDate, writable: true, configurable: true });
  FixedDate.UTC = RealDate.UTC;
  FixedDate.parse = RealDate.parse;
  FixedDate.now = function now() { return 0; };
  globalThis.Date = FixedDate;
  let log = '';
  const plain = (key, value) => (typeof value === 'bigint' ? value.toString() : value);
  const shown = (value) => {
    if (typeof value === 'string') return value;
    let text;
    try { text = stringify(value, plain); } catch { }
    return text === undefined ? Text(value) : text;
  };
  const write = (...values) => {
    for (let i = 0; i < values.length && log.length < logLimit; i++) log += (i > 0 ? ' ' : '') + shown(values[i]).slice(0, logLimit);
    if (log.length < logLimit) log += '\\n';
    log = log.slice(0, logLimit);
  };
  globalThis.console = { log: write, info: write, warn: write, error: write, debug: write };
  const described = (error) => {
    let text = '';
    try {
      text = error !== null && typeof error === 'object' && 'message' in error ? Text(error.name) + ': ' + Text(error.message) : Text(error);
    } catch { text = 'an error that cannot be written'; }
    return text.slice(0, 1000);
  };
  return {
    json: (value) => { const text = stringify(value, plain); return text === undefined ? 'null' : text; },
    error: described,
    log: () => log,
  };
}`;

// The interpreter asks the host for its time zone: local time is UTC everywhere.
Date.prototype.getTimezoneOffset = () => 0;

/** @type {Module | undefined} */
let module;

parentPort?.on('message', async (/** @type {{ code: string, seed: number, limits: Limits }} */ { code, seed, limits }) => {
  /** @type {Result} */
  let result;
  try {
    module ??= await newQuickJSWASMModule();
    result = run(module, code, seed, limits);
  } catch (error) {
    // The interpreter itself failed: its memory cannot be trusted any more.
    module = undefined;
    result = { ok: false, fault: 'crash', message: `the interpreter failed: ${error instanceof Error ? error.message : String(error)}`, log: '' };
  }
  parentPort?.postMessage(result);
});

newQuickJSWASMModule().then((loaded) => {
  module = loaded;
  parentPort?.postMessage('ready');
});

/**
 * @param {Module} wasm
 * @param {string} code
 * @param {number} seed
 * @param {Limits} limits
 * @returns {Result}
 */
function run(wasm, code, seed, limits) {
  const runtime = wasm.newRuntime();
  const budget = new Budget(limits);
  runtime.setMemoryLimit(limits.memoryBytes);
  runtime.setMaxStackSize(limits.stackBytes);
  runtime.setInterruptHandler(() => budget.spend());
  const context = runtime.newContext();
  const guest = new Guest(context, budget, limits);
  const result = guest.run(code, seed);
  guest.dispose();
  context.dispose();
  runtime.dispose();
  return result;
}

/** What may be spent, in questions of the interpreter and in time. */
class Budget {
  /** @param {Limits} limits */
  constructor(limits) {
    this.asks = 0;
    this.most = Math.ceil(limits.steps / STEPS_PER_ASK);
    this.deadline = performance.now() + limits.timeMs;
    /** @type {'steps' | 'time' | undefined} */
    this.spent = undefined;
  }

  /** Counts one question; says whether to stop. */
  spend() {
    this.asks++;
    if (this.asks > this.most) this.spent ??= 'steps';
    else if (performance.now() > this.deadline) this.spent ??= 'time';
    return this.spent !== undefined;
  }
}

class Guest {
  /**
   * @param {Context} context
   * @param {Budget} budget
   * @param {Limits} limits
   */
  constructor(context, budget, limits) {
    this.context = context;
    this.budget = budget;
    this.limits = limits;
    /** @type {Handle[]} */
    this.handles = [];
  }

  /**
   * @template {Handle} T
   * @param {T} handle
   * @returns {T}
   */
  keep(handle) {
    this.handles.push(handle);
    return handle;
  }

  dispose() {
    for (const handle of this.handles.reverse()) if (handle.alive) handle.dispose();
  }

  /**
   * @param {string} code
   * @param {number} seed
   * @returns {Result}
   */
  run(code, seed) {
    const { context } = this;
    const setup = context.evalCode(PRELUDE, 'setup.js');
    if (setup.error) return this.failed(this.keep(setup.error));
    const made = context.callFunction(this.keep(setup.value), context.undefined, this.keep(context.newNumber(seed)), this.keep(context.newNumber(this.limits.outputChars)));
    if (made.error) return this.failed(this.keep(made.error));
    this.tools = this.keep(made.value);

    const value = context.evalCode(code, 'code.js');
    if (value.error) return this.failed(this.keep(value.error));
    const settled = this.settled(this.keep(value.value));
    if ('ok' in settled) return settled;
    const json = this.tool('json', settled.value);
    if ('ok' in json) return json;
    return { ok: true, json: json.text, log: this.log() };
  }

  /**
   * A value, or what its promise came to.
   * @param {Handle} value
   * @returns {{ value: Handle } | Result}
   */
  settled(value) {
    const { context, budget } = this;
    for (;;) {
      const state = context.getPromiseState(value);
      if (state.type === 'fulfilled') return { value: state.notAPromise ? value : this.keep(state.value) };
      if (state.type === 'rejected') return this.failed(this.keep(state.error));
      if (!context.runtime.hasPendingJob()) return this.failure('error', 'the promise never settles');
      if (budget.spend()) return this.failure(budget.spent ?? 'steps');
      const jobs = context.runtime.executePendingJobs(JOBS_PER_ASK);
      if (jobs.error) return this.failed(this.keep(jobs.error));
    }
  }

  /**
   * Calls one of the functions of the prelude, which gives a text.
   * @param {'json' | 'error' | 'log'} name
   * @param {Handle} [argument]
   * @returns {{ text: string } | Result}
   */
  tool(name, argument) {
    const { context } = this;
    if (this.tools === undefined) return this.failure('memory');
    const called = context.callFunction(this.keep(context.getProp(this.tools, name)), context.undefined, ...(argument === undefined ? [] : [argument]));
    if (called.error) {
      this.keep(called.error);
      return name === 'json' ? this.failed(called.error) : (this.budget.spent === undefined ? this.failure('error', 'an error that cannot be written') : this.failure(this.budget.spent));
    }
    this.keep(called.value);
    const length = context.getProp(called.value, 'length').consume((handle) => context.getNumber(handle));
    const most = name === 'error' ? 1000 : this.limits.outputChars;
    if (length > most) return this.failure('output', `the result has ${length} characters, at most ${most} are taken`);
    return { text: context.getString(called.value) };
  }

  /** @returns {string} */
  log() {
    if (this.budget.spent !== undefined) return '';
    const log = this.tool('log');
    return 'ok' in log ? '' : log.text;
  }

  /**
   * @param {Handle} error
   * @returns {Result}
   */
  failed(error) {
    if (this.budget.spent !== undefined) return this.failure(this.budget.spent);
    const told = this.tool('error', error);
    if ('ok' in told) return told;
    if (told.text === 'InternalError: out of memory') return this.failure('memory');
    if (told.text === 'InternalError: stack overflow' || told.text === 'SyntaxError: stack overflow') return this.failure('stack');
    return this.failure('error', told.text);
  }

  /**
   * @param {Fault} fault
   * @param {string} [message]
   * @returns {Result}
   */
  failure(fault, message) {
    const { steps, timeMs, memoryBytes, stackBytes } = this.limits;
    const own = { steps: `more than ${steps} steps`, time: `more than ${timeMs} ms`, memory: `more than ${memoryBytes} bytes of memory`, stack: `calls nested deeper than ${stackBytes} bytes of stack` };
    return { ok: false, fault, message: message ?? (fault in own ? own[/** @type {keyof typeof own} */ (fault)] : fault), log: fault === 'error' || fault === 'output' ? this.log() : '' };
  }
}
