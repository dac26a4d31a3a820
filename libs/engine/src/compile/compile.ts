import { type Compiled, compiledBy, type CompileOptions } from './compiled.js';
import { runEagerly } from './eager.js';
import { type Fn, traceProgram } from './program.js';

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
 * - Tensors that the function reaches by closure are constants: they count as they are when it is traced. On the CPU, large ones (above 2^18 elements) are fed at every run, in this thread without a copy;
 *   smaller ones are written into the graph.
 * - What cannot be recorded (a kernel without ONNX form, reading a tensor) makes the function run eagerly, with one warning that names it.
 *
 * @throws (the call) when arguments or results are not such trees, and whatever the function throws while it is traced.
 */
export function compile<A extends readonly unknown[], R extends object>(fn: (...args: A) => R, options: CompileOptions = {}): Compiled<A, R> {
  const name = fn.name === '' ? 'a function' : fn.name;
  const inner = fn as unknown as Fn;
  return compiledBy(name, { trace: (layouts, device) => traceProgram(inner, layouts, device), eager: (flats, streamOf) => runEagerly(inner, flats, streamOf) }, options);
}
