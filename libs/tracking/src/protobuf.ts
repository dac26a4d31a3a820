/** How a field is stored (Protocol Buffers, encoding guide): the lowest three bits of its tag. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A field of a message: its number, and its value as stored. */
export type ProtoField =
  | { readonly number: number; readonly wire: typeof WIRE.varint; readonly value: number }
  | { readonly number: number; readonly wire: typeof WIRE.fixed64 | typeof WIRE.bytes | typeof WIRE.fixed32; readonly value: Uint8Array };

/** Groups of seven bits, lowest first, each but the last with its top bit set. */
function writeVarint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}

function head(number: number, wire: number): number[] {
  return writeVarint(number * 8 + wire);
}

/** An integer field: a non-negative safe integer. */
export function integerField(number: number, value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`integerField: field ${number} must be a non-negative integer, got ${value}`);
  return Uint8Array.from([...head(number, WIRE.varint), ...writeVarint(value)]);
}

export function doubleField(number: number, value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value, true);
  return Uint8Array.from([...head(number, WIRE.fixed64), ...new Uint8Array(bytes.buffer)]);
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value, true);
  return Uint8Array.from([...head(number, WIRE.fixed32), ...new Uint8Array(bytes.buffer)]);
}

/** A field of bytes: a text in UTF-8, or the concatenated fields of a nested message. */
export function bytesField(number: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.from([...head(number, WIRE.bytes), ...writeVarint(length)]), ...parts]);
}

export function textField(number: number, text: string): Uint8Array {
  return bytesField(number, new TextEncoder().encode(text));
}

/**
 * The fields of a message in the order in which they are stored.
 * @throws when the bytes end inside a field, or hold a wire type that is not in use any more.
 */
export function readFields(bytes: Uint8Array): ProtoField[] {
  const fields: ProtoField[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error(`readFields: the message ends inside the field at byte ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const [byte] = take(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (!Number.isSafeInteger(value)) throw new Error(`readFields: the integer that ends at byte ${at} is larger than 2^53`);
    return value;
  };
  while (at < bytes.length) {
    const tag = readVarint();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (wire === WIRE.varint) fields.push({ number, wire, value: readVarint() });
    else if (wire === WIRE.fixed64) fields.push({ number, wire, value: take(8) });
    else if (wire === WIRE.fixed32) fields.push({ number, wire, value: take(4) });
    else if (wire === WIRE.bytes) fields.push({ number, wire, value: take(readVarint()) });
    else throw new Error(`readFields: field ${number} has the unknown wire type ${wire}`);
  }
  return fields;
}
