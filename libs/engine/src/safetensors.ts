import { type DType, type NdArray, ndarray, sizeOf, type TypedArray } from './ndarray.js';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly arrays: { readonly [name: string]: NdArray };
  readonly metadata: { readonly [key: string]: string };
}

/** Where a tensor lies: bytes [begin, end) after the header. */
export interface SafetensorsEntry {
  readonly name: string;
  /** Of the array that it becomes. */
  readonly dtype: DType;
  /** The type in the file. */
  readonly code: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes, which are contiguous. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: { readonly [key: string]: string };
}

// Widest first: every tensor is then aligned to its element size. The order of the reference implementation.
const kinds: readonly { readonly dtype: DType; readonly code: string; readonly bytes: number }[] = [
  { dtype: 'float64', code: 'F64', bytes: 8 },
  { dtype: 'float32', code: 'F32', bytes: 4 },
  { dtype: 'int32', code: 'I32', bytes: 4 },
  { dtype: 'uint8', code: 'U8', bytes: 1 },
];
/** Types that are read, but not written: published weights have them. */
const foreignKinds: typeof kinds = [
  { dtype: 'float32', code: 'BF16', bytes: 2 },
  { dtype: 'float32', code: 'F16', bytes: 2 },
  { dtype: 'int32', code: 'I64', bytes: 8 },
  { dtype: 'uint8', code: 'BOOL', bytes: 1 },
];
const readable = [...kinds, ...foreignKinds];
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
const LARGEST_HEADER = 100_000_000;

function kindOf(dtype: DType): number {
  return kinds.findIndex((kind) => kind.dtype === dtype);
}

/** Order of the UTF-8 bytes, which is that of the code points and not that of JavaScript's UTF-16 units. */
function compareNames(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i].codePointAt(0) as number) - (right[i].codePointAt(0) as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function requireLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('safetensors: needs a little-endian machine');
}

/** The bytes of an array, not copied. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The head of a file (length and padded JSON) and the names in the order in which their bytes follow.
 * @throws when an array does not fill its shape or is named `__metadata__`.
 */
export function safetensorsHead(arrays: Safetensors['arrays'], metadata: Safetensors['metadata'] = {}): { readonly head: Uint8Array; readonly names: readonly string[] } {
  requireLittleEndian();
  const names = Object.keys(arrays).sort((a, b) => kindOf(arrays[a].dtype) - kindOf(arrays[b].dtype) || compareNames(a, b));
  // Text, not JSON.stringify of a record: that would put names such as "0" first.
  const fields: string[] = [];
  const notes = Object.keys(metadata).sort(compareNames);
  if (notes.length > 0) fields.push(`"${METADATA}":{${notes.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`).join(',')}}`);
  let offset = 0;
  for (const name of names) {
    const { dtype, shape, data } = arrays[name];
    if (name === METADATA) throw new Error(`safetensors: no array can be named ${METADATA}`);
    if (data.length !== sizeOf(shape)) throw new Error(`safetensors: '${name}' has ${data.length} numbers for the shape [${shape.join(', ')}]`);
    fields.push(`${JSON.stringify(name)}:{"dtype":"${kinds[kindOf(dtype)].code}","shape":[${shape.join(',')}],"data_offsets":[${offset},${offset + data.byteLength}]}`);
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > LARGEST_HEADER) throw new Error(`safetensors: the header would have ${length} bytes; the format allows ${LARGEST_HEADER}`);
  const head = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, LENGTH_BYTES);
  return { head, names };
}

/**
 * The length of the JSON header from the first eight bytes of a file.
 * @throws when the file is shorter than its header.
 */
export function safetensorsHeaderLength(start: Uint8Array, fileBytes: number): number {
  if (start.length < LENGTH_BYTES) throw new Error(`safetensors: the file is truncated: it has ${start.length} bytes, its header's length alone takes ${LENGTH_BYTES}`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(LARGEST_HEADER)) throw new Error(`safetensors: the header's length is ${length} bytes, more than the ${LARGEST_HEADER} of the format: this is no safetensors file`);
  if (Number(length) > fileBytes - LENGTH_BYTES) throw new Error(`safetensors: the file is truncated: the header has ${length} bytes, the file ${fileBytes} in all`);
  return Number(length);
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseJson(json: Uint8Array): { [key: string]: unknown } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json));
  } catch (error) {
    throw new Error(`safetensors: the header is not JSON: ${(error as Error).message}`);
  }
  if (json[0] !== 0x7b || !isRecord(header)) throw new Error("safetensors: the header must be a JSON object and begin with '{'");
  return header;
}

function parseEntry(name: string, value: unknown): SafetensorsEntry {
  const fail = (what: string): never => {
    throw new Error(`safetensors: '${name}' ${what}`);
  };
  if (!isRecord(value)) return fail('is not described by an object');
  const kind = readable.find(({ code }) => code === value['dtype']);
  if (kind === undefined) return fail(`has the type ${JSON.stringify(value['dtype'])}; known are ${readable.map(({ code }) => code).join(', ')}`);
  const shape: unknown = value['shape'];
  if (!Array.isArray(shape) || !shape.every(isSize)) return fail(`has the shape ${JSON.stringify(shape)}, which is not a list of sizes`);
  const offsets: unknown = value['data_offsets'];
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) return fail(`has the offsets ${JSON.stringify(offsets)}, which are not [begin, end]`);
  const [begin, end] = offsets as number[];
  const bytes = sizeOf(shape) * kind.bytes;
  if (end - begin !== bytes) return fail(`takes the bytes [${begin}, ${end}), but ${kind.code} of shape [${shape.join(', ')}] needs ${bytes} bytes`);
  return { name, dtype: kind.dtype, code: kind.code, shape, begin, end };
}

function parseMetadata(value: unknown): { [key: string]: string } {
  if (value === undefined) return {};
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string')) throw new Error(`safetensors: ${METADATA} must map names to texts`);
  return value as { [key: string]: string };
}

/**
 * The header's content, checked: the tensors must cover the data without gap or overlap.
 *
 * @param json the header without its length
 * @param dataBytes the size of what follows the header
 * @throws when the header is not the one of a well-formed file, naming the tensor.
 */
export function parseSafetensorsHeader(json: Uint8Array, dataBytes: number): SafetensorsHeader {
  const header = parseJson(json);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) throw new Error(`safetensors: '${name}' begins at byte ${begin} where ${position} is due: the data ${begin < position ? 'overlap' : 'have a gap'}`);
    if (end > dataBytes) throw new Error(`safetensors: the file is truncated: '${name}' ends at byte ${end}, the data at ${dataBytes}`);
    position = end;
  }
  if (position !== dataBytes) throw new Error(`safetensors: ${dataBytes - position} bytes follow the last tensor`);
  return { entries, metadata: parseMetadata(header[METADATA]) };
}

/**
 * Named arrays as the bytes of a safetensors file: F32, F64, I32 and U8, little endian, header padded to 8 bytes,
 * sorted by type and name; byte for byte what the Python library writes (with at most one entry of metadata, whose
 * order there is random).
 *
 * Source: the safetensors format, huggingface/safetensors.
 *
 * @throws when an array does not fill its shape or is named `__metadata__`.
 */
export function encodeSafetensors(arrays: Safetensors['arrays'], metadata: Safetensors['metadata'] = {}): Uint8Array {
  const { head, names } = safetensorsHead(arrays, metadata);
  const parts = [head, ...names.map((name) => bytesOf(arrays[name].data))];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/**
 * The arrays of a safetensors file, copied out of it. BF16 and F16 become float32, which holds them exactly, I64 becomes int32, and BOOL uint8.
 * @throws when the file is truncated, malformed or holds other types than F32, F64, I32, U8, BF16, F16, I64 and BOOL, or an I64 does not fit int32, naming the tensor.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  requireLittleEndian();
  const start = LENGTH_BYTES + safetensorsHeaderLength(bytes.subarray(0, LENGTH_BYTES), bytes.length);
  const { entries, metadata } = parseSafetensorsHeader(bytes.subarray(LENGTH_BYTES, start), bytes.length - start);
  // Not slice(): a Buffer's does not copy.
  const arrays = entries.map((entry): [string, NdArray] => [entry.name, arrayOf(entry, new Uint8Array(bytes.subarray(start + entry.begin, start + entry.end)))]);
  return { arrays: Object.fromEntries(arrays), metadata };
}

/**
 * The array over bytes that begin their own buffer; foreign types are converted.
 * @throws when an I64 does not fit int32.
 */
export function arrayOf({ name, dtype, code, shape }: SafetensorsEntry, { buffer }: Uint8Array): NdArray {
  if (code === 'BF16') return ndarray('float32', shape, fromBfloat16(new Uint16Array(buffer as ArrayBuffer)));
  if (code === 'F16') return ndarray('float32', shape, Float32Array.from(new Uint16Array(buffer as ArrayBuffer), fromFloat16));
  if (code === 'I64') return ndarray('int32', shape, fromInt64(new BigInt64Array(buffer as ArrayBuffer), name));
  const constructors = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
  return ndarray(dtype, shape, new constructors[dtype](buffer as ArrayBuffer));
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function fromInt64(values: BigInt64Array, name: string): Int32Array {
  return Int32Array.from(values, (value) => {
    if (BigInt.asIntN(32, value) !== value) throw new Error(`safetensors: '${name}' holds ${value}, which does not fit int32`);
    return Number(value);
  });
}
