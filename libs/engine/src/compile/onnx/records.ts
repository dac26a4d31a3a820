import { type AttributeValue, type Elements, type ElementType } from '../graph.js';
import { typeCodes } from '../shaping.js';
import { Message } from './protobuf.js';

// The field numbers are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).

function rawBytes(elements: Elements, dtype: ElementType): Uint8Array {
  const list = elements as ArrayLike<number>;
  switch (dtype) {
    case 'float32':
      return new Uint8Array(Float32Array.from(list).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(list).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(list, BigInt)).buffer);
    default:
      return Uint8Array.from(list);
  }
}

/** TensorProto */
export function tensorRecord(name: string, dtype: ElementType, shape: readonly number[], elements: Elements): Message {
  const record = new Message();
  for (const size of shape) record.int(1, size);
  return record.int(2, typeCodes[dtype]).text(8, name).bytes(9, rawBytes(elements, dtype));
}

/** ValueInfoProto; axes of any size have names. */
export function valueRecord(name: string, dtype: ElementType, shape: readonly (number | string)[]): Message {
  const dimensions = new Message();
  for (const size of shape) dimensions.message(1, typeof size === 'string' ? new Message().text(2, size) : new Message().int(1, size));
  const tensorType = new Message().int(1, typeCodes[dtype]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensorType));
}

/** AttributeProto */
export function attributeRecord(name: string, value: AttributeValue | Message): Message {
  const record = new Message().text(1, name);
  if (value instanceof Message) return record.message(6, value).int(20, 5);
  if (typeof value === 'string') return record.text(4, value).int(20, 3);
  if (typeof value === 'number') return record.int(3, value).int(20, 2);
  if ('float' in value) return record.float(2, value.float).int(20, 1);
  if ('element' in value) return record.message(5, tensorRecord('', value.dtype, [1], [value.element])).int(20, 4);
  for (const each of value) record.int(8, each);
  return record.int(20, 7);
}

/** The name of an operator without its domain, and the domain: '' for the standard set. */
export function splitName(op: string): { readonly domain: string; readonly name: string } {
  const dot = op.lastIndexOf('.');
  return { domain: op.slice(0, Math.max(dot, 0)), name: op.slice(dot + 1) };
}

/** NodeProto; operators outside of the standard set have their domain in front: 'com.microsoft.Gelu'. */
export function nodeRecord(op: string, inputs: readonly string[], outputs: readonly string[], attributes: { readonly [name: string]: AttributeValue | Message }): Message {
  const record = new Message();
  for (const name of inputs) record.text(1, name);
  for (const name of outputs) record.text(2, name);
  const { domain, name: type } = splitName(op);
  record.text(4, type);
  for (const [name, value] of Object.entries(attributes)) record.message(5, attributeRecord(name, value));
  if (domain !== '') record.text(7, domain);
  return record;
}

/** The parts of a GraphProto. */
export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly Message[];
  readonly constants: readonly Message[];
  readonly inputs: readonly Message[];
  readonly outputs: readonly Message[];
}

/** GraphProto */
export function graphRecord({ name, nodes, constants, inputs, outputs }: GraphParts): Message {
  const record = new Message();
  for (const node of nodes) record.message(1, node);
  record.text(2, name);
  for (const constant of constants) record.message(5, constant);
  for (const input of inputs) record.message(11, input);
  for (const output of outputs) record.message(12, output);
  return record;
}

/** The version of ONNX's operators that graphs are written in, and of its file format. */
export const OPSET = 18;
const IR_VERSION = 8;

/** What a model says about itself. */
export interface ModelNotes {
  readonly doc?: string;
  readonly metadata?: { readonly [key: string]: string };
  /** Of its operators; '' is the standard one. */
  readonly domains?: ReadonlySet<string>;
}

/** ModelProto */
export function modelRecord(graph: Message, { doc, metadata = {}, domains = new Set() }: ModelNotes = {}): Message {
  const record = new Message().int(1, IR_VERSION).text(2, 'rivulet');
  if (doc !== undefined) record.text(6, doc);
  record.message(7, graph).message(8, new Message().text(1, '').int(2, OPSET));
  for (const domain of domains) if (domain !== '') record.message(8, new Message().text(1, domain).int(2, 1));
  for (const [key, value] of Object.entries(metadata)) record.message(14, new Message().text(1, key).text(2, value));
  return record;
}
