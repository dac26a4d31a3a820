import { leb } from './leb.js';

/** The bytes of an expression or of statements, in parts. */
export type Code = readonly (number | Code)[];

const BLOCK_WITHOUT_RESULT = 0x40;
const END = 0x0b;
const simd = (number: number): Code => [0xfd, ...leb(number)];
const splat4 = (value: Code): Code => [value, simd(0x13)];

function floatBytes(value: number): Code {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [...bytes];
}

const unary = (opcode: Code) => (value: Code): Code => [value, opcode];
const binary = (opcode: Code) => (left: Code, right: Code): Code => [left, right, opcode];
/** log2 of the alignment that is promised, then the offset added to the address. */
const at = (align: number, offset: number): Code => [align, ...leb(offset)];

/**
 * The instructions of WebAssembly used here, as functions that put the code of the operands before the opcode, so that nested calls read
 * like the formula. Numbers of opcodes: the WebAssembly 2.0 specification, "Index of instructions".
 */
export const op = {
  get: (local: number): Code => [0x20, ...leb(local)],
  set: (local: number, value: Code): Code => [value, 0x21, ...leb(local)],
  call: (index: number, ...values: readonly Code[]): Code => [...values, 0x10, ...leb(index)],
  when: (condition: Code, ...body: readonly Code[]): Code => [condition, 0x04, BLOCK_WITHOUT_RESULT, ...body, END],
  /** Runs the body once, and again as long as the condition then holds. */
  repeat: (body: readonly Code[], condition: Code): Code => [0x03, BLOCK_WITHOUT_RESULT, ...body, condition, 0x0d, 0, END],

  int: (value: number): Code => [0x41, ...leb(value, true)],
  equal: binary([0x46]),
  lessThan: binary([0x49]),
  add: binary([0x6a]),
  subtract: binary([0x6b]),
  multiply: binary([0x6c]),
  and: binary([0x71]),
  shiftRight: binary([0x76]),

  load4: (address: Code, offset = 0): Code => [address, simd(0x00), at(4, offset)],
  store4: (address: Code, value: Code, offset = 0): Code => [address, value, simd(0x0b), at(4, offset)],
  /** One number of memory in all four lanes. */
  loadSplat4: (address: Code, offset = 0): Code => [address, simd(0x09), at(2, offset)],
  const4: (value: number): Code => splat4([0x43, ...floatBytes(value)]),
  abs4: unary(simd(0xe0)),
  negate4: unary(simd(0xe1)),
  sqrt4: unary(simd(0xe3)),
  add4: binary(simd(0xe4)),
  subtract4: binary(simd(0xe5)),
  multiply4: binary(simd(0xe6)),
  divide4: binary(simd(0xe7)),
  /** right < left ? right : left, so that a NaN on the left stays. */
  min4: binary(simd(0xea)),
  /** left < right ? right : left, so that a NaN on the left stays. */
  max4: binary(simd(0xeb)),
  /** Whether left < right in each lane: all bits or none. */
  less4: binary(simd(0x43)),
  /** Where the mask has bits those of left, otherwise those of right. */
  select4: (left: Code, right: Code, mask: Code): Code => [left, right, mask, simd(0x52)],
  addInt4: binary(simd(0xae)),
  /** The lanes moved by `lanes`, those that fall off coming in at the other end. */
  rotate4: (value: Code, lanes: number): Code => [value, value, simd(0x0d), Array.from({ length: 16 }, (_, i) => (i + 4 * lanes) % 16)],
  /** The first lanes, and 0 in the others. */
  firstLanes4: (value: Code, lanes: number): Code => [value, simd(0x0c), Array.from({ length: 16 }, (_, i) => (i < 4 * lanes ? 0xff : 0)), simd(0x4e)],
  constInt4: (value: number): Code => [0x41, ...leb(value, true), simd(0x11)],
  shiftLeftInt4: (value: Code, bits: number): Code => [value, 0x41, ...leb(bits, true), simd(0xab)],
} as const;
