import { leb } from './leb.js';
import type { Code } from './op.js';
import type { WasmFunction } from './wasmFunction.js';

const INT32 = 0x7f;
const END = 0x0b;
const MAGIC_AND_VERSION = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

const vector = (items: readonly (readonly number[])[]) => [...leb(items.length), ...items.flat()];
const sized = (bytes: readonly number[]) => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]) => [id, ...sized(bytes)];
const name = (text: string) => sized([...new TextEncoder().encode(text)]);

function append(code: Code, bytes: number[]): number[] {
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else append(part, bytes);
  }
  return bytes;
}

const functionType = ({ parameters }: WasmFunction) => [0x60, ...vector(Array.from({ length: parameters }, () => [INT32])), ...vector([])];
const functionBody = ({ locals, code }: WasmFunction) => sized([...vector(locals.map((type) => [1, type])), ...append(code, []), END]);

/**
 * The binary of a module of these functions, numbered in the order given; those with a name are exported. It imports its memory as
 * `env.memory`.
 *
 * Source: the WebAssembly 2.0 specification, chapter 5 "Binary format".
 */
export function wasmModule(functions: readonly { readonly body: WasmFunction; readonly name?: string }[]): Uint8Array<ArrayBuffer> {
  const memory = [...name('env'), ...name('memory'), 0x02, 0x00, ...leb(1)];
  const exported = functions.flatMap((f, i) => (f.name === undefined ? [] : [[...name(f.name), 0x00, ...leb(i)]]));
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, vector(functions.map(({ body }) => functionType(body)))),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, i) => leb(i)))),
    ...section(7, vector(exported)),
    ...section(10, vector(functions.map(({ body }) => functionBody(body)))),
  ]);
}
