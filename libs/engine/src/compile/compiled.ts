import type { NdArray } from '../ndarray.js';
import type { Rng } from '../rng.js';
import type { tf } from '../tf.js';
import type { Tree } from '../tree.js';
import { chosenDevice, type Device } from './chosenDevice.js';
import type { StreamOf } from './eager.js';
import { buffersOf, flattenArgument, type Flat } from './flatten.js';
import type { Layout } from './layout.js';
import { type AnyPacked, type AnyRank, type BufferArray, Packed } from './packed.js';
import type { Program, ResultBuffer } from './program.js';
import { ReplayRng } from './replayRng.js';
import { createSession, type Feeds, type Session } from './runtime.js';
import { Untraceable } from './untraceable.js';

/** Any tree that a compiled function takes. */
export type AnyFeed = tf.Tensor | NdArray | AnyPacked | { readonly [key: string]: AnyFeed } | readonly AnyFeed[];

/** What a compiled function takes in the place of a tree: tensors, arrays on the host, or what another call gave. */
export type Feed<T> = [Tree] extends [T]
  ? AnyFeed
  : T extends tf.Tensor
    ? tf.Tensor | NdArray | Packed<tf.Tensor>
    : T extends Rng | string | number | boolean | null | undefined
      ? T
      : Packed<AnyRank<T>> | { readonly [K in keyof T]: Feed<T[K]> };

/** What a compiled function gives: each field of the result by itself. */
export type PackedFields<R> = { readonly [K in keyof R]: R[K] extends undefined ? undefined : Packed<AnyRank<Exclude<R[K], undefined>>> };

export interface CompileOptions {
  /** Threads that one operator may use; 1 by default, which is best for small networks. */
  readonly threads?: number;
  /**
   * Where it runs: 'main' by default, in a turn of the event loop, which waits for it; 'worker' in a thread that all compiled functions share, so that acting and learning
   * overlap. The worker costs some tens of microseconds a call: worth it for whole phases and for large networks. Node only: in a browser it is 'main', with one warning; compile in a Worker
   * of your own there.
   */
  readonly thread?: 'main' | 'worker';
  /**
   * What to compute on: 'cpu'; 'webgpu', a GPU through WebGPU; 'cuda', an NVIDIA GPU (Linux, Node only). By default the environment variable RIVULET_DEVICE, and without it 'cpu'. When the device is
   * not there, or cannot run the function, the CPU does, with one warning. Results are those of the device: on WebGPU, an index that is out of bounds is no error.
   */
  readonly device?: Device;
  /** Compile nothing: run kernel by kernel on the current backend, with the same arguments and results. For debugging, and to compare. */
  readonly eager?: boolean;
  /** Gets one line when the function runs otherwise than asked for: eagerly, or on the CPU; by default a warning of the process, or of the browser's console. */
  readonly warn?: (line: string) => void;
}

/** How a function is run for one form of arguments. */
export interface CompiledForm {
  readonly how: 'compiled' | 'eager';
  /** What it runs on; undefined when eager, and until the first call. */
  readonly device?: Device;
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

interface Form extends CompiledForm {
  readonly program?: Program;
  readonly session?: Promise<Session>;
  /** The session, once it is there. */
  ready?: Session;
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
  const bufferOf = (each: ResultBuffer): BufferArray => {
    if ('output' in each) return outputs[each.output];
    return 'captured' in each ? program.captured[each.captured].data : call.buffers[each.argument][each.buffer];
  };
  return Object.fromEntries(program.fields.map(({ name, layout, buffers }) => [name, new Packed(layout, buffers.map(bufferOf))]));
}

/** Streams that give what was drawn for a call: turn by turn, in the order of the draws. */
function replay(program: Program, { noise }: Call): () => Rng {
  const pieces: Float32Array[] = [];
  for (let turn = 0; turn < program.turns; turn++) noise.forEach((all) => pieces.push(all.subarray((turn * all.length) / program.turns, ((turn + 1) * all.length) / program.turns)));
  let next = 0;
  return () => new ReplayRng(() => pieces[next++]);
}

/** How to trace and to run a kind of function: once, or in a loop. */
export interface Kind {
  trace(layouts: readonly Layout[], device: Device): Program;
  eager(flats: readonly Flat[], streamOf: StreamOf): Promise<{ [name: string]: Packed }>;
}

/** A function that is traced for every form of its arguments. */
export function compiledBy<A extends readonly unknown[], R>(name: string, kind: Kind, { threads = 1, thread = 'main', device: asked, eager = false, warn = warnByDefault }: CompileOptions): Compiled<A, R> {
  const device = chosenDevice(asked);
  const forms = new Map<string, Form>();
  let warned = false;
  const told = new Set<string>();

  const tell = (how: string): void => {
    if (!told.has(how)) warn(`compile: ${name} runs ${how}`);
    told.add(how);
  };

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
    if (eager) {
      const form: Form = { how: 'eager', operators: {} };
      forms.set(key, form);
      return form;
    }
    try {
      const program = kind.trace(layouts, device);
      const form: Form = { how: 'compiled', operators: program.operators, program, session: createSession(program.model, { captured: program.captured, threads, worker: thread === 'worker', device, warn: tell }) };
      // Whoever waits for the session sees its failure; nobody may be waiting yet.
      form.session!.then((ready) => (form.ready = ready), () => undefined);
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
  Object.defineProperty(call, 'forms', { get: () => [...forms.values()].map(({ how, operators, ready }) => ({ how, device: ready?.device, operators })) });
  return Object.assign(call, { dispose }) as unknown as Compiled<A, R>;
}
