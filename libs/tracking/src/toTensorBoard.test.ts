import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { concat, from, lastValueFrom, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { rollout, run, temporaryFolder, update } from '../test/messages.js';
import { crc32c, frameRecord, readTensorBoard, toTensorBoard, unframeRecords } from './index.js';
import { decodeEvent, encodeEvent } from './tensorBoardEvent.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const clock = { now: () => 1_700_000_000_500 };

function eventFiles(folder: string): string[] {
  return readdirSync(folder).map((name) => join(folder, name));
}

describe('crc32c', () => {
  it('gives the values of RFC 3720, appendix B.4', () => {
    const iota = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(iota)).toBe(0x46dd794e);
    expect(crc32c(iota.toReversed())).toBe(0x113fdb5c);
    const readPdu = bytesOf('01c00000 00000000 00000000 00000000 14000000 00000400 00000014 00000018 28000000 00000000 02000000 00000000');
    expect(crc32c(readPdu)).toBe(0xd9963a56);
  });

  it('gives the check value of the CRC catalogue', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });
});

describe('frameRecord', () => {
  // Every event file written by TensorFlow begins with a 24-byte version event: this is its head.
  it('writes the head that TensorFlow writes for 24 bytes', () => {
    expect(hex(frameRecord(new Uint8Array(24)).subarray(0, 12))).toBe('1800000000000000a37f4b22');
  });

  it('is undone by unframeRecords', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (records) => {
        const file = Buffer.concat(records.map((record) => frameRecord(record)));
        expect(unframeRecords(file).map(hex)).toEqual(records.map(hex));
      }),
    );
  });

  it('notices every changed byte and every cut', () => {
    const file = Buffer.concat([frameRecord(Uint8Array.of(1, 2, 3)), frameRecord(Uint8Array.of(4))]);
    for (let at = 0; at < file.length; at++) {
      const changed = Uint8Array.from(file);
      changed[at] ^= 0x10;
      expect(() => unframeRecords(changed)).toThrow(/not match/);
    }
    expect(() => unframeRecords(file.subarray(0, 5))).toThrow('inside the head of the record at byte 0');
    expect(() => unframeRecords(file.subarray(0, file.length - 1))).toThrow('inside the record at byte 19');
    expect(() => unframeRecords(frameRecord(Uint8Array.of(1, 2)).with(13, 9))).toThrow('the data at byte 12 do not match');
  });
});

describe('encodeEvent', () => {
  // Read back as these values by protoc 3.21 (--decode=tensorflow.Event) with the published field numbers.
  it('writes these bytes', () => {
    const wallTime = 1_700_000_000.5;
    expect(hex(encodeEvent({ wallTime, step: 0, fileVersion: 'brain.Event:2' }))).toBe(hex(bytesOf('09 00002040fc54d941 1a 0d 627261696e2e4576656e743a32')));
    expect(hex(encodeEvent({ wallTime, step: 0, start: true }))).toBe(hex(bytesOf('09 00002040fc54d941 3a 02 0801')));
    const scalars = [{ tag: 'update/loss', value: 0.25 }];
    expect(hex(encodeEvent({ wallTime, step: 300, scalars }))).toBe(hex(bytesOf('09 00002040fc54d941 10 ac02 2a 14 0a 12 0a 0b 7570646174652f6c6f7373 15 0000803e')));
  });

  it('is undone by decodeEvent', () => {
    const scalar = fc.record({ tag: fc.string({ unit: 'grapheme', maxLength: 200 }), value: fc.float() });
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.maxSafeNat(), fc.array(scalar, { maxLength: 4 }), (wallTime, step, scalars) => {
        expect(decodeEvent(encodeEvent({ wallTime, step, scalars }))).toEqual({ wallTime, step, scalars });
      }),
    );
    expect(() => encodeEvent({ wallTime: 0, step: -1, start: true })).toThrow('must be a non-negative integer, got -1');
  });

  it('refuses what it would not write', () => {
    const time = '09 0000000000000000';
    expect(() => decodeEvent(bytesOf(time))).toThrow('must hold one of');
    expect(() => decodeEvent(bytesOf(`${time} 1a01 61 3a02 0801`))).toThrow('must hold one of');
    expect(() => decodeEvent(bytesOf('3a02 0801'))).toThrow('the wall time is missing');
    expect(() => decodeEvent(bytesOf(`${time} 4201 61`))).toThrow('the event has the unknown field 8');
    expect(() => decodeEvent(bytesOf(`${time} 3a02 0802`))).toThrow('START');
    expect(() => decodeEvent(bytesOf(`${time} 2a05 0a03 0a01`))).toThrow('ends inside');
    expect(() => decodeEvent(bytesOf(`${time} 2a05 0a03 0a01 61`))).toThrow('the value is missing');
    expect(() => decodeEvent(bytesOf('0b'))).toThrow('unknown wire type 3');
    expect(() => decodeEvent(bytesOf(`${time} 10 ffffffffffffffffff01`))).toThrow('larger than 2^53');
  });
});

describe('toTensorBoard', () => {
  it('writes version, start mark and one event per message with numbers, and passes the same messages', async () => {
    const folder = join(temporaryFolder(), 'runs', 'a');
    const out = await lastValueFrom(from(run).pipe(toTensorBoard(folder, { clock }), toArray()));
    expect(out.every((message, i) => message === run[i])).toBe(true);
    const wallTime = 1_700_000_000.5;
    const [file] = eventFiles(folder);
    expect(file).toMatch(/events\.out\.tfevents\.1700000000\.rivulet\.0$/);
    const events = readTensorBoard(file);
    expect(events.slice(0, 2)).toEqual([
      { wallTime, step: 0, fileVersion: 'brain.Event:2' },
      { wallTime, step: 0, start: true },
    ]);
    expect(events.slice(2).map(({ step }) => step)).toEqual([100, 100, 200, 200, 200]);
    expect(events[3].scalars).toEqual([
      { tag: 'update/updates', value: 1 },
      { tag: 'update/loss', value: Math.fround(0.1 + 0.2) },
      { tag: 'update/gap', value: NaN },
    ]);
  });

  it('makes a file of its own for each subscription, and marks where a restored run goes on', async () => {
    const folder = temporaryFolder();
    await lastValueFrom(from([rollout(100), update(100)]).pipe(toTensorBoard(folder, { clock })));
    await lastValueFrom(from([update(200)]).pipe(toTensorBoard(folder, { clock, resumedAt: 100 })));
    const files = eventFiles(folder);
    expect(files).toHaveLength(2);
    expect(readTensorBoard(files[0])).toHaveLength(4);
    expect(readTensorBoard(files[1])[1]).toMatchObject({ step: 101, start: true });
  });

  it('has written everything when the run fails', async () => {
    const folder = temporaryFolder();
    const failing = concat(from([update(100)]), throwError(() => new Error('env'))).pipe(toTensorBoard(folder, { clock }));
    await expect(lastValueFrom(failing)).rejects.toThrow('env');
    expect(readTensorBoard(eventFiles(folder)[0])).toHaveLength(3);
  });

  it('readTensorBoard refuses files without the version, and torn ones', async () => {
    const folder = temporaryFolder();
    await lastValueFrom(from([update(100)]).pipe(toTensorBoard(folder, { clock })));
    const [file] = eventFiles(folder);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 3));
    expect(() => readTensorBoard(file)).toThrow('ends inside the record');
    writeFileSync(file, bytes.subarray(24 + 16));
    expect(() => readTensorBoard(file)).toThrow('does not begin with the version');
  });
});
