/** The fields of a protocol buffer message by number. What is missing reads as 0, '' or an empty message, as the format has it. */
export interface ProtobufFields {
  has(field: number): boolean;
  int(field: number): number;
  bytes(field: number): Uint8Array;
  text(field: number): string;
  message(field: number): ProtobufFields;
  messages(field: number): ProtobufFields[];
}

const decoder = new TextDecoder();
const nothing = new Uint8Array(0);

/** Reads numbers and stretches of bytes, one after the other. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const [byte] = this.take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw new Error('protobufFields: a number is longer than 64 bits');
  }

  take(length: number): Uint8Array {
    if (!(length >= 0 && this.#at + length <= this.#bytes.length)) throw new Error('protobufFields: the bytes end within a field');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function valueOf(reader: Reader, wireType: number): bigint | Uint8Array {
  switch (wireType) {
    case 0:
      return reader.varint();
    case 1:
      return reader.take(8);
    case 2:
      return reader.take(Number(reader.varint()));
    case 5:
      return reader.take(4);
    default:
      throw new Error(`protobufFields: there is no wire type ${wireType}`);
  }
}

/**
 * Takes a protocol buffer message apart (https://protobuf.dev/programming-guides/encoding). Its inner messages are read when they are asked for.
 * @throws for bytes that are no such message.
 */
export function protobufFields(bytes: Uint8Array): ProtobufFields {
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  const reader = new Reader(bytes);
  while (!reader.ended) {
    const key = Number(reader.varint());
    const value = valueOf(reader, key & 7);
    const known = fields.get(key >> 3);
    if (known === undefined) fields.set(key >> 3, [value]);
    else known.push(value);
  }
  const all = (field: number): Uint8Array[] => (fields.get(field) ?? []).map((value) => (typeof value === 'bigint' ? nothing : value));
  const last = (field: number): Uint8Array => all(field).at(-1) ?? nothing;
  return {
    has: (field) => fields.has(field),
    int: (field) => {
      const value = fields.get(field)?.at(-1);
      return typeof value === 'bigint' ? Number(value) : 0;
    },
    bytes: last,
    text: (field) => decoder.decode(last(field)),
    message: (field) => protobufFields(last(field)),
    messages: (field) => all(field).map(protobufFields),
  };
}
