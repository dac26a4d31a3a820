import type { NdArray } from '../ndarray.js';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { disposeTree, type Tree } from '../tree.js';
import { buffersOf, flattenArgument, type Flat } from './flatten.js';
import { build, type Layout } from './layout.js';
import { type BufferArray, newBuffer, Packed } from './packed.js';
import { type Fn, type Program, resultFields, traceProgram } from './program.js';
import { createSession, type Feeds, type Session } from './runtime.js';
import { Untraceable } from './untraceable.js';

/** What a compiled function takes in the place of a tree: tensors, arrays on the host, or what another call gave. */
export type Feed<T> = T extends tf.Tensor ? T | NdArray | Packed<T> : T extends Rng | string | number | boolean | null | undefined ? T : Packed<T> | { readonly [K in keyof T]: Feed<T[K]> };

/** What a compiled function gives: each field of the result by itself. */
export type PackedFields<R> = { readonly [K in keyof R]: R[K] extends undefined ? undefined : Packed<Exclude<R[K], undefined>> };

export interface CompileOptions {
  /** Threads that one operator may use; 1 by default, which is best for small networks. */
  readonly threads?: number;
  /** Gets one line when the function cannot be compiled and runs eagerly instead; by default a warning of the process, or of the browser's console. */
  readonly warn?: (line: string) => void;
}

/** How a function is run for one form of arguments. */
export interface CompiledForm {
  readonly how: 'compiled' | 'eager';
  /** How often each operator occurs in the graph; empty when eager. */
  readonly operators: { readonly [op: string]: number };
}

export interface Compiled<A extends readonly unknown[], R> {
  (...args: { [I in keyof A]: Feed<A[I]> }): Promise<PackedFields<R>>;
  /** What has been compiled so far: one form for each structure, shapes, types and plain values of the arguments. */
  readonly forms: readonly CompiledForm[];
  /** Frees the models. The function can be used again: it compiles anew. */
  dispose(): Promise<void>;
}

export interface Form extends CompiledForm {
  readonly program?: Program;
  readonly session?: Promise<Session>;
}

/** A stream that gives tensors drawn before, in order. */
class ReplayRng extends Rng {
  readonly #next: () => Float32Array;

  constructor(next: () => Float32Array) {
    super({ key: [0, 0], position: 0 });
    this.#next = next;
  }

  override split(n: number): Rng[] {
    return Array.from({ length: n }, () => new ReplayRng(this.#next));
  }

  override foldIn(): Rng {
    return new ReplayRng(this.#next);
  }

  override normal(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }

  override uniform(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }

  override gumbel(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }
}

interface Console {
  readonly process?: { emitWarning?(line: string): void };
  readonly console?: { warn(line: string): void };
}

function warnByDefault(line: string): void {
  const host = globalThis as unknown as Console;
  if (host.process?.emitWarning === undefined) host.console?.warn(line);
  else host.process.emitWarning(line);
}

/** Arguments as tensors of the current backend, for an eager call. */
function eagerArguments(flats: readonly Flat[], streams: (argument: number, stream: number) => Rng): unknown[] {
  return flats.map((flat, argument) => {
    const tensors = new Packed(flat.layout, buffersOf(flat)).toTensors() as Tree;
    // A layout builds plain values and tensors, but knows no streams.
    return flat.streams.length === 0 ? tensors : withStreams(flat, tensors, (stream) => streams(argument, stream));
  });
}

function withStreams({ layout }: Flat, tree: unknown, rngOf: (stream: number) => Rng): unknown {
  const leaves: tf.Tensor[] = [];
  collectTensors(tree, leaves);
  let next = 0;
  return build(layout.skeleton, () => leaves[next++], rngOf);
}

function collectTensors(tree: unknown, out: tf.Tensor[]): void {
  if (tree instanceof tf.Tensor) out.push(tree);
  else if (typeof tree === 'object' && tree !== null) for (const child of Object.values(tree)) collectTensors(child, out);
}

/** Runs the function itself, on the current backend. */
async function runEagerly(fn: Fn, flats: readonly Flat[], streams: (argument: number, stream: number) => Rng): Promise<{ [name: string]: Packed }> {
  const fields: [string, unknown][] = [];
  tf.tidy(() => {
    for (const [name, tree] of resultFields(fn(...(eagerArguments(flats, streams) as never[])))) {
      const kept: tf.Tensor[] = [];
      collectTensors(tree, kept);
      kept.forEach((tensor) => tf.keep(tensor));
      fields.push([name, tree]);
    }
  });
  const packed: { [name: string]: Packed } = {};
  for (const [name, tree] of fields) {
    const flat = flattenArgument(tree, name);
    const arrays = await Promise.all(flat.leaves.map((leaf) => (leaf as tf.Tensor).data()));
    const buffers = flat.layout.buffers.map(({ dtype, size }) => newBuffer(dtype, size));
    flat.layout.leaves.forEach(({ buffer, offset }, i) => buffers[buffer].set(arrays[i] as Float32Array, offset));
    packed[name] = new Packed(flat.layout, buffers);
  }
  disposeTree(...new Set(fields.flatMap(([, tree]) => { const all: tf.Tensor[] = []; collectTensors(tree, all); return all; })));
  return packed;
}

/** The buffers of a call: those of its arguments, and its noise. */
interface Call {
  readonly buffers: readonly (readonly BufferArray[])[];
  readonly noise: readonly Float32Array[];
}

function prepare(program: Program, flats: readonly Flat[]): Call {
  const noise = program.noiseInputs.map(({ spec }) => new Float32Array(spec.size));
  const streams = flats.flatMap((flat) => flat.streams);
  for (let turn = 0; turn < program.turns; turn++) program.noise.run(streams, noise, turn);
  return { buffers: flats.map(buffersOf), noise };
}

function feedsOf(program: Program, { buffers, noise }: Call): Feeds {
  return Object.fromEntries([
    ...program.inputs.map(({ name, argument, buffer, spec }) => [name, { spec, data: buffers[argument][buffer] }] as const),
    ...program.noiseInputs.map(({ name, spec }, i) => [name, { spec, data: noise[i] }] as const),
  ]);
}

function collect(program: Program, call: Call, outputs: { readonly [name: string]: BufferArray }): { [name: string]: Packed } {
  return Object.fromEntries(
    program.fields.map(({ name, layout, buffers }) => [name, new Packed(layout, buffers.map((each) => ('output' in each ? outputs[each.output] : call.buffers[each.argument][each.buffer])))]),
  );
}

/** How to trace and to run a kind of function: once, or in a loop. */
export interface Kind {
  trace(layouts: readonly Layout[]): Program;
  eager(flats: readonly Flat[], streams: (argument: number, stream: number) => Rng): Promise<{ [name: string]: Packed }>;
}

/** A function that is traced for every form of its arguments. */
export function compiledBy<A extends readonly unknown[], R>(name: string, kind: Kind, { threads = 1, warn = warnByDefault }: CompileOptions): Compiled<A, R> {
  const forms = new Map<string, Form>();
  let warned = false;

  const fallBack = (key: string, why: string): Form => {
    const form: Form = { how: 'eager', operators: {} };
    forms.set(key, form);
    if (!warned) warn(`compile: ${name} runs eagerly, because ${why}`);
    warned = true;
    return form;
  };

  const formOf = (key: string, layouts: readonly Layout[]): Form => {
    const known = forms.get(key);
    if (known !== undefined) return known;
    try {
      const program = kind.trace(layouts);
      const form: Form = { how: 'compiled', operators: program.operators, program, session: createSession(program.model, { threads }) };
      // Whoever waits for the session sees its failure; nobody may be waiting yet.
      form.session!.catch(() => undefined);
      forms.set(key, form);
      return form;
    } catch (error) {
      if (!(error instanceof Untraceable)) throw error;
      return fallBack(key, `${error.message} cannot be compiled`);
    }
  };

  const call = async (...args: unknown[]): Promise<{ [field: string]: Packed }> => {
    const flats = args.map((argument, i) => flattenArgument(argument, `argument ${i}`));
    const key = flats.map(({ layout }) => layout.key).join(';');
    const { program, session } = formOf(key, flats.map(({ layout }) => layout));
    if (program === undefined || session === undefined) return kind.eager(flats, (argument, stream) => flats[argument].streams[stream]);
    const prepared = prepare(program, flats);
    let ready: Session;
    try {
      ready = await session;
    } catch (error) {
      if (forms.get(key)?.how === 'compiled') fallBack(key, `ONNX Runtime cannot be used: ${(error as Error).message}`);
      return kind.eager(
        flats.map((flat, i) => ({ ...flat, packed: new Packed(flat.layout, prepared.buffers[i]) })),
        replay(program, prepared),
      );
    }
    return collect(program, prepared, await ready.run(feedsOf(program, prepared)));
  };

  const dispose = async (): Promise<void> => {
    const sessions = [...forms.values()].map(({ session }) => session);
    forms.clear();
    for (const session of sessions) await (await session?.catch(() => undefined))?.dispose();
  };
  Object.defineProperty(call, 'forms', { get: () => [...forms.values()].map(({ how, operators }) => ({ how, operators })) });
  return Object.assign(call, { dispose }) as unknown as Compiled<A, R>;
}

/** Streams that give what was drawn for a call: turn by turn, in the order of the draws. */
function replay(program: Program, { noise }: Call): () => Rng {
  const pieces: Float32Array[] = [];
  for (let turn = 0; turn < program.turns; turn++) noise.forEach((all) => pieces.push(all.subarray((turn * all.length) / program.turns, ((turn + 1) * all.length) / program.turns)));
  let next = 0;
  return () => new ReplayRng(() => pieces[next++]);
}

/**
 * Compiles a pure function of trees of tensors: it is run once on a backend that records what it does, with forward pass, gradients and optimizer, as one graph
 * of ONNX operators (opset 18), which ONNX Runtime then runs. As `jit`: once for every structure, shapes, types and plain values of its arguments.
 *
 *     const step = compile((state, batch, rng: Rng) => ({ state: next, metrics: { loss } }));
 *     let state = pack(initial);
 *     const result = await step(state, batch, rng);
 *     state = result.state;                 // fed again without any copy
 *     result.metrics.toNumbers().loss;
 *
 * - Arguments are trees of tensors or of arrays on the host, {@link Packed} results of other calls, random streams, and plain values (which are part of
 *   the form: a number that changes with every call compiles with every call). They are read before the call returns its promise.
 * - Tensors drawn from a random stream become inputs, drawn afresh for every call, exactly as the function itself would have drawn them.
 * - The function must return a record of trees; each field comes back {@link Packed}. Results equal those of the function itself up to rounding in float32.
 * - Tensors that the function reaches by closure are constants of the graph.
 * - What cannot be recorded (a kernel without ONNX form, reading a tensor) makes the function run eagerly, with one warning that names it.
 *
 * @throws (the call) when arguments or results are not such trees, and whatever the function throws while it is traced.
 */
export function compile<A extends readonly unknown[], R extends object>(fn: (...args: A) => R, options: CompileOptions = {}): Compiled<A, R> {
  const name = fn.name === '' ? 'a function' : fn.name;
  const inner = fn as unknown as Fn;
  return compiledBy(name, { trace: (layouts) => traceProgram(inner, layouts), eager: (flats, streams) => runEagerly(inner, flats, streams) }, options);
}

export { runEagerly };
