import { crc32c } from './crc32c.js';

/** Bytes that a record takes besides its data. */
export const RECORD_OVERHEAD = 16;

/** mask(crc) = ((crc ≫ 15) | (crc ≪ 17)) + 0xa282ead8 mod 2³²: a rotation, so that a CRC of data that hold CRCs stays sound. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/**
 * Frames data as a TFRecord: uint64 length, uint32 masked CRC-32C of the length's bytes, the data, uint32 masked CRC-32C
 * of the data; all little endian. Source: the TFRecord format details of the TensorFlow documentation.
 */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + RECORD_OVERHEAD);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return record;
}

/**
 * The data of all records of a file.
 * @throws when a length or the data do not match their checksum, or when the file ends inside a record.
 */
export function unframeRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < file.length) {
    if (at + 12 > file.length) throw new Error(`unframeRecords: the file ends inside the head of the record at byte ${at}`);
    if (view.getUint32(at + 8, true) !== masked(file.subarray(at, at + 8))) throw new Error(`unframeRecords: the length at byte ${at} does not match its checksum`);
    const length = Number(view.getBigUint64(at, true));
    const end = at + RECORD_OVERHEAD + length;
    if (end > file.length) throw new Error(`unframeRecords: the file ends inside the record at byte ${at}`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(end - 4, true) !== masked(data)) throw new Error(`unframeRecords: the data at byte ${at + 12} do not match their checksum`);
    records.push(data);
    at = end;
  }
  return records;
}
