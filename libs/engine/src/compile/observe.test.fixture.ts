import { chooseBackend } from '../chooseBackend.js';
import { type Case, inputsOf } from '../gradients/opCases.test.fixture.js';
import { close, DIFFERENCES_TOLERANCE, gradients, hessianProducts, numericGradient, numericHessianProducts, ROUNDING_TOLERANCE } from '../gradients/opDerivatives.test.fixture.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import type { AnyPacked } from './packed.js';

/** What is computed of an op: its value, the gradient of a loss of it, and a Hessian-vector product of that loss. */
export const parts = ['value', 'gradient', 'second'] as const;
export type Part = (typeof parts)[number];
type ByPart<T> = { readonly [part in Part]: T };

/** Where it is computed. */
export const engines = ['cpu', 'wasm', 'compiled'] as const;
export type Engine = (typeof engines)[number];
type ByEngine<T> = { readonly [engine in Engine]: T };

/**
 * What was seen: 'equal' to the reference, 'differs', or in some words why there is nothing to compare. The derivatives of the cpu backend are compared with finite differences,
 * everything of the other engines with the cpu backend.
 */
export type Mark = string;

/** All that was seen of an op in one of its forms. */
export interface Observation {
  readonly marks: ByEngine<ByPart<Mark>>;
  /** The numbers or the error behind each mark that is not 'equal'. */
  readonly details: readonly string[];
  /** The kernels that ran on the cpu backend. */
  readonly kernels: ByPart<readonly string[]>;
}

const byPart = <T>(f: (part: Part) => T): ByPart<T> => ({ value: f('value'), gradient: f('gradient'), second: f('second') });

const compute: ByPart<(test: Case, x: tf.Tensor[]) => tf.Tensor[]> = {
  value: ({ op }, x) => [op(...x)],
  gradient: ({ op }, x) => gradients(op, x),
  second: ({ op }, x) => hessianProducts(op, x),
};

interface Reason {
  readonly reason: Mark;
  readonly message: string;
}

type Result = readonly number[] | Reason;
const isReason = (result: Result): result is Reason => 'reason' in result;

/** Why something could not be computed, in a few words. */
function reasonOf(error: unknown): Reason {
  const { message } = error as Error;
  const kernel = /Kernel '(\w+)' not registered for backend/.exec(message)?.[1];
  if (kernel !== undefined) return { reason: `no ${kernel}`, message };
  return { reason: /Cannot compute gradient/.test(message) ? 'none' : 'fails', message };
}

function attempt(f: () => number[]): Result {
  try {
    return tf.tidy(f as () => never);
  } catch (error) {
    return reasonOf(error);
  }
}

const read = (tensors: readonly tf.Tensor[]): number[] => tensors.flatMap((tensor) => [...tensor.dataSync<'float32'>()]);
const eagerly = (test: Case, part: Part): Result => attempt(() => read(compute[part](test, inputsOf(test))));

/** The kernels of what can be computed: the profiler turns an error inside a kernel into a promise that nobody awaits. */
async function kernelsOf(test: Case, part: Part, result: Result): Promise<readonly string[]> {
  if (isReason(result)) return [];
  const { kernels } = await tf.profile(() => {
    eagerly(test, part);
    return [];
  });
  return [...new Set(kernels.map(({ name }) => name))];
}

function finiteDifferences(test: Case, part: Part, eager: Result): Result {
  if (isReason(eager) || part === 'value') return eager;
  return attempt(() => {
    const x = inputsOf(test);
    return part === 'gradient' ? x.flatMap((_, i) => numericGradient(test.op, x, i)) : numericHessianProducts(test.op, x);
  });
}

const numbersOf = (packed: AnyPacked): number[] => packed.layout.leaves.flatMap(({ buffer, offset, size }) => [...packed.buffers[buffer].subarray(offset, offset + size)]);

/** Some parts of an op as one compiled function. */
async function compiled(test: Case, which: readonly Part[]): Promise<Result[]> {
  const warnings: string[] = [];
  const run = compile((x: tf.Tensor[]) => Object.fromEntries(which.map((part) => [part, compute[part](test, x)])), { warn: (line) => warnings.push(line) });
  const x = inputsOf(test);
  try {
    const result = await run(x);
    if (warnings.length === 0) return which.map((part) => numbersOf(result[part]));
    const what = /because (?:the kernel '(\w+)'|(.*)) cannot be compiled/.exec(warnings[0]);
    return which.map(() => ({ reason: `eager: ${what?.[1] ?? what?.[2] ?? 'refused'}`, message: warnings[0] }));
  } catch (error) {
    return which.map(() => reasonOf(error));
  } finally {
    tf.dispose(x);
    await run.dispose();
  }
}

/** All parts in one graph, as in a training step; each by itself where that fails. */
async function compiledParts(test: Case): Promise<ByPart<Result>> {
  const together = await compiled(test, parts);
  const results = together.some(isReason) ? [] : together;
  for (const part of parts.slice(results.length)) results.push(...(await compiled(test, [part])));
  return byPart((part) => results[parts.indexOf(part)]);
}

const format = (result: Result): string => (isReason(result) ? result.message : result.map((n) => n.toFixed(6)).join(' '));

/** Loads the eager backends that are looked at. */
export async function loadEngines(): Promise<void> {
  await chooseBackend({ backend: 'wasm' });
  await chooseBackend({ backend: 'cpu' });
}

/** Looks at all of an op: each part in each engine. */
export async function observe(test: Case): Promise<Observation> {
  await tf.setBackend('wasm');
  const wasm = byPart((part) => eagerly(test, part));
  await tf.setBackend('cpu');
  const cpu = byPart((part) => eagerly(test, part));
  const graph = await compiledParts(test);
  const details: string[] = [];
  const mark = (engine: Engine, part: Part, actual: Result, expected: Result, tolerance: number): Mark => {
    if (!isReason(actual) && !isReason(expected) && close(actual, expected, tolerance)) return 'equal';
    details.push(`${part}, ${engine}: ${format(actual)} instead of ${format(expected)}`);
    return isReason(actual) ? actual.reason : 'differs';
  };
  return {
    marks: {
      cpu: byPart((part) => mark('cpu', part, cpu[part], finiteDifferences(test, part, cpu[part]), DIFFERENCES_TOLERANCE)),
      wasm: byPart((part) => mark('wasm', part, wasm[part], cpu[part], ROUNDING_TOLERANCE)),
      compiled: byPart((part) => mark('compiled', part, graph[part], cpu[part], ROUNDING_TOLERANCE)),
    },
    details,
    kernels: { value: await kernelsOf(test, 'value', cpu.value), gradient: await kernelsOf(test, 'gradient', cpu.gradient), second: await kernelsOf(test, 'second', cpu.second) },
  };
}
