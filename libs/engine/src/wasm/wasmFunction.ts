import type { Code } from './op.js';

/** Hands out the locals of a function. */
export interface Locals {
  int(): number;
  vector(): number;
}

/** A function without a result, whose parameters are all int32. */
export interface WasmFunction {
  readonly parameters: number;
  /** The types of the locals after the parameters. */
  readonly locals: readonly number[];
  readonly code: Code;
}

const INT32 = 0x7f;
const VECTOR128 = 0x7b;

/** A function of int32 parameters; `write` gets the locals and the indices of the parameters, and returns the code. */
export function wasmFunction(parameters: number, write: (locals: Locals, ...parameter: number[]) => readonly Code[]): WasmFunction {
  const types: number[] = [];
  const local = (type: number) => parameters + types.push(type) - 1;
  const code = write({ int: () => local(INT32), vector: () => local(VECTOR128) }, ...Array.from({ length: parameters }, (_, i) => i));
  return { parameters, locals: types, code };
}
