import { bytesField, doubleField, floatField, integerField, type ProtoField, readFields, textField, WIRE } from './protobuf.js';
import type { Scalar } from './scalarsOf.js';

/** What Rivulet writes of `tensorflow.Event`: exactly one of version, start and scalars. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Environment steps. */
  readonly step: number;
  /** `brain.Event:2`, in the first event of a file. */
  readonly fileVersion?: string;
  /** Marks that the run starts (again) here: viewers forget what earlier files hold at this step and later. */
  readonly start?: boolean;
  /** Values are stored as float32. */
  readonly scalars?: readonly Scalar[];
}

// Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;
const SESSION_LOG = { status: 1 } as const;
const START = 1;

/** The event in the Protocol Buffers encoding. A step of 0 is left out, as proto3 does with defaults. */
export function encodeEvent({ wallTime, step, fileVersion, start, scalars }: TensorBoardEvent): Uint8Array {
  const parts = [doubleField(EVENT.wallTime, wallTime)];
  if (step !== 0) parts.push(integerField(EVENT.step, step));
  if (fileVersion !== undefined) parts.push(textField(EVENT.fileVersion, fileVersion));
  if (scalars !== undefined) {
    const values = scalars.map(({ tag, value }) => bytesField(SUMMARY.value, textField(VALUE.tag, tag), floatField(VALUE.simpleValue, value)));
    parts.push(bytesField(EVENT.summary, ...values));
  }
  if (start) parts.push(bytesField(EVENT.sessionLog, integerField(SESSION_LOG.status, START)));
  return Buffer.concat(parts);
}

function only(bytes: Uint8Array, known: { readonly [name: string]: number }, where: string): ProtoField[] {
  const fields = readFields(bytes);
  const unknown = fields.find((field) => !Object.values(known).includes(field.number));
  if (unknown !== undefined) throw new Error(`decodeEvent: ${where} has the unknown field ${unknown.number}`);
  return fields;
}

function storedInteger(field: ProtoField | undefined, what: string): number {
  if (field?.wire !== WIRE.varint) throw new Error(`decodeEvent: ${what} is missing or of the wrong type`);
  return field.value;
}

function stored(field: ProtoField | undefined, wire: Exclude<ProtoField['wire'], 0>, what: string): Uint8Array {
  if (field === undefined || field.wire === WIRE.varint || field.wire !== wire) throw new Error(`decodeEvent: ${what} is missing or of the wrong type`);
  return field.value;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function decodeValue(bytes: Uint8Array): Scalar {
  const fields = only(bytes, VALUE, 'a summary value');
  const of = (number: number): ProtoField | undefined => fields.find((field) => field.number === number);
  return {
    tag: text(stored(of(VALUE.tag), WIRE.bytes, 'the tag')),
    value: view(stored(of(VALUE.simpleValue), WIRE.fixed32, 'the value')).getFloat32(0, true),
  };
}

/**
 * The event that was encoded.
 * @throws when the bytes are broken or hold anything that {@link encodeEvent} does not write.
 */
export function decodeEvent(bytes: Uint8Array): TensorBoardEvent {
  const fields = only(bytes, EVENT, 'the event');
  const of = (number: number): ProtoField | undefined => fields.find((field) => field.number === number);
  const [step, version, summary, session] = [of(EVENT.step), of(EVENT.fileVersion), of(EVENT.summary), of(EVENT.sessionLog)];
  if ([version, summary, session].filter((field) => field !== undefined).length !== 1) throw new Error('decodeEvent: an event must hold one of version, summary and session log');
  const event = {
    wallTime: view(stored(of(EVENT.wallTime), WIRE.fixed64, 'the wall time')).getFloat64(0, true),
    step: step === undefined ? 0 : storedInteger(step, 'the step'),
  };
  if (version !== undefined) return { ...event, fileVersion: text(stored(version, WIRE.bytes, 'the version')) };
  if (summary !== undefined) {
    const values = only(stored(summary, WIRE.bytes, 'the summary'), SUMMARY, 'the summary');
    return { ...event, scalars: values.map((value) => decodeValue(stored(value, WIRE.bytes, 'a summary value'))) };
  }
  const status = only(stored(session, WIRE.bytes, 'the session log'), SESSION_LOG, 'the session log');
  if (storedInteger(status[0], 'the status') !== START) throw new Error('decodeEvent: the only session status known is START');
  return { ...event, start: true };
}
