import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NdArray, ndarray } from './ndarray.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

// Written by safetensors 0.8.0 (Python, safetensors.numpy.save) from the arrays below with metadata {'format': 'np'}.
const python =
  'sAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCJ9LCJkIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCw4XX0sIjAiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzgsOF19LCJiIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOls4LDI0XX0sIsO8XCIiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOlsyNCwyOF19LCJhIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbMjgsNDBdfSwiei9jb3VudCI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbNDAsNDRdfSwib2JzIjp7ImR0eXBlIjoiVTgiLCJzaGFwZSI6WzEsM10sImRhdGFfb2Zmc2V0cyI6WzQ0LDQ3XX19ICAgICAYLURU+yEJQAAAwD8AAADAAACAPgAAQEAAAIA/AQAAAP7////gkwQABwAAAAD/Aw==';
const arrays: { [name: string]: NdArray } = {
  b: ndarray('float32', [2, 2], Float32Array.of(1.5, -2, 0.25, 3)),
  a: ndarray('int32', [3], Int32Array.of(1, -2, 300000)),
  'z/count': ndarray('int32', [], Int32Array.of(7)),
  obs: ndarray('uint8', [1, 3], Uint8Array.of(0, 255, 3)),
  d: ndarray('float64', [1], Float64Array.of(Math.PI)),
  0: ndarray('float32', [0, 3]),
  'ü"': ndarray('float32', [1], Float32Array.of(1)),
};

/** A file with the given header and so many bytes of data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const f32 = (shape: number[], begin: number, end: number): object => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors', () => {
  it('writes byte for byte what the Python library writes', () => {
    expect(Buffer.from(encodeSafetensors(arrays, { format: 'np' })).toString('base64')).toBe(python);
    expect(Buffer.from(encodeSafetensors({})).toString('base64')).toBe('CAAAAAAAAAB7fSAgICAgIA==');
  });

  it('reads what the Python library writes', () => {
    const decoded = decodeSafetensors(Buffer.from(python, 'base64'));
    expect(decoded.metadata).toEqual({ format: 'np' });
    expect(decoded.arrays).toEqual(arrays);
  });

  it('round-trips anything, bit for bit', () => {
    const name = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text !== '__metadata__');
    const array = fc.oneof(
      fc.float32Array({ maxLength: 6 }).map((data) => ndarray('float32', [data.length, 1], data)),
      fc.float64Array({ maxLength: 6 }).map((data) => ndarray('float64', [data.length], data)),
      fc.int32Array({ maxLength: 6 }).map((data) => ndarray('int32', [1, data.length], data)),
      fc.uint8Array({ maxLength: 7 }).map((data) => ndarray('uint8', [data.length], data)),
    );
    const named = fc.array(fc.tuple(name, array), { maxLength: 6 }).map((entries) => Object.fromEntries(entries) as { [key: string]: NdArray });
    fc.assert(
      fc.property(named, fc.dictionary(name, fc.string({ unit: 'binary' }), { maxKeys: 3, noNullPrototype: true }), (given, metadata) => {
        const bytes = encodeSafetensors(given, metadata);
        expect((8 + new DataView(bytes.buffer).getUint32(0, true)) % 8).toBe(0);
        const decoded = decodeSafetensors(bytes);
        expect(Object.keys(decoded.arrays).sort()).toEqual(Object.keys(given).sort());
        for (const key of Object.keys(given)) {
          expect(decoded.arrays[key]).toEqual(given[key]);
          expect(Buffer.from(decoded.arrays[key].data.buffer as ArrayBuffer).equals(Buffer.from(given[key].data.buffer as ArrayBuffer))).toBe(true);
        }
        expect({ ...decoded.metadata }).toEqual({ ...metadata });
        expect(encodeSafetensors(decoded.arrays, decoded.metadata)).toEqual(bytes);
      }),
    );
  });

  it('copies: the decoded arrays do not share the file', () => {
    const bytes = encodeSafetensors({ x: ndarray('float32', [1], Float32Array.of(2)) });
    const { x } = decodeSafetensors(bytes).arrays;
    bytes.fill(0);
    expect(x.data[0]).toBe(2);
  });

  it('reads views that are not aligned', () => {
    const bytes = encodeSafetensors(arrays);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).arrays).toEqual(arrays);
  });

  it('refuses every truncation', () => {
    const bytes = encodeSafetensors(arrays, { format: 'np' });
    for (let length = 0; length < bytes.length; length++) expect(() => decodeSafetensors(bytes.subarray(0, length)), `${length} bytes`).toThrow(/^safetensors: .*truncated/);
  });

  it.each([
    ['a header longer than the format allows', new Uint8Array(16).fill(0xff), "the header's length is 18446744073709551615 bytes"],
    ['a header that is no JSON', file('{"a":', 0), 'the header is not JSON'],
    ['a header that is no object', file('[1]', 0), "must be a JSON object and begin with '{'"],
    ['a header that begins with a space', file(' {}', 0), "begin with '{'"],
    ['invalid UTF-8', file('{"a":1}', 0).map((byte, i) => (i === 10 ? 0xff : byte)), 'the header is not JSON'],
    ['an entry that is no object', file({ a: 3 }, 0), "'a' is not described by an object"],
    ['an unknown type', file({ a: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] } }, 2), '\'a\' has the type "F8_E4M3"; known are F64, F32, I32, U8, BF16, F16, I64, BOOL'],
    ['a missing type', file({ a: { shape: [1], data_offsets: [0, 2] } }, 2), "'a' has the type undefined"],
    ['a negative size', file({ a: f32([-1], 0, 4) }, 4), "'a' has the shape [-1], which is not a list of sizes"],
    ['a size that is no integer', file({ a: f32([0.5], 0, 2) }, 2), 'which is not a list of sizes'],
    ['no shape', file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), "'a' has the shape undefined"],
    ['offsets that are no pair', file({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), "'a' has the offsets [0], which are not [begin, end]"],
    ['negative offsets', file({ a: f32([1], -4, 0) }, 4), 'which are not [begin, end]'],
    ['bytes that do not fit the shape', file({ a: f32([3], 0, 8) }, 8), "'a' takes the bytes [0, 8), but F32 of shape [3] needs 12 bytes"],
    ['sizes whose product overflows', file({ a: f32([2 ** 40, 2 ** 40], 0, 8) }, 8), 'needs 4.83'],
    ['an overlap', file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), "'b' begins at byte 4 where 8 is due: the data overlap"],
    ['a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), "'b' begins at byte 8 where 4 is due: the data have a gap"],
    ['data beyond the end', file({ a: f32([2], 0, 8) }, 4), "truncated: 'a' ends at byte 8, the data at 4"],
    ['bytes left over', file({ a: f32([1], 0, 4) }, 5), '1 bytes follow the last tensor'],
    ['metadata that are no texts', file({ __metadata__: { a: 1 } }, 0), '__metadata__ must map names to texts'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  it('reads the types of published weights, exactly', () => {
    const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({ dtype, shape, data_offsets: [begin, end] });
    const bytes = file({ long: entry('I64', [3], 0, 24), brain: entry('BF16', [2, 2], 24, 32), half: entry('F16', [7], 32, 46), truth: entry('BOOL', [2], 46, 48) }, 48);
    const data = new DataView(bytes.buffer, bytes.length - 48);
    [-5n, 2n ** 31n - 1n, 0n].forEach((value, i) => data.setBigInt64(8 * i, value, true));
    [0x3fc0, 0xc000, 0x0001, 0x7f80].forEach((value, i) => data.setUint16(24 + 2 * i, value, true));
    [0x3e00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0x8000, 0x7e00].forEach((value, i) => data.setUint16(32 + 2 * i, value, true));
    data.setUint8(46, 1);
    const { long, brain, half, truth } = decodeSafetensors(bytes).arrays;
    expect(long).toEqual(ndarray('int32', [3], Int32Array.of(-5, 2 ** 31 - 1, 0)));
    expect(brain).toEqual(ndarray('float32', [2, 2], Float32Array.of(1.5, -2, 2 ** -133, Infinity)));
    expect(half).toEqual(ndarray('float32', [7], Float32Array.of(1.5, -2, 2 ** -24, 65504, Infinity, -0, NaN)));
    expect(truth).toEqual(ndarray('uint8', [2], Uint8Array.of(1, 0)));
    data.setBigInt64(0, 2n ** 31n, true);
    expect(() => decodeSafetensors(bytes)).toThrow("safetensors: 'long' holds 2147483648, which does not fit int32");
  });

  it('refuses to encode what it could not decode', () => {
    expect(() => encodeSafetensors({ __metadata__: ndarray('uint8', [1]) })).toThrow('no array can be named __metadata__');
    expect(() => encodeSafetensors({ a: { dtype: 'uint8', shape: [2], data: new Uint8Array(3) } })).toThrow("'a' has 3 numbers for the shape [2]");
  });
});
