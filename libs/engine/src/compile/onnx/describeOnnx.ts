import { typeCodes } from '../shaping.js';
import { protobufFields, type ProtobufFields } from './protobufFields.js';

/** An input or output of a model. */
export interface OnnxTensorInfo {
  readonly name: string;
  /** The name of ONNX's element type, in lower case. */
  readonly dtype: string;
  /** Sizes by number, and axes of any size by name. */
  readonly shape: readonly (number | string)[];
}

/** What a model says about itself. */
export interface OnnxDescription {
  readonly producer: string;
  readonly irVersion: number;
  /** The version of each operator set by domain; the standard one has the domain ''. */
  readonly opsets: { readonly [domain: string]: number };
  readonly name: string;
  readonly doc: string;
  readonly metadata: { readonly [key: string]: string };
  readonly inputs: readonly OnnxTensorInfo[];
  readonly outputs: readonly OnnxTensorInfo[];
  /** How often each operator occurs, outside of loop bodies; those of other domains as domain.operator. */
  readonly operators: { readonly [op: string]: number };
  /** Tensors that lie in the model, and their elements together. */
  readonly constants: { readonly tensors: number; readonly bytes: number };
}

function tensorInfo(record: ProtobufFields): OnnxTensorInfo {
  const tensorType = record.message(2).message(1);
  const code = tensorType.int(1);
  const dtype = Object.entries(typeCodes).find(([, each]) => each === code)?.[0] ?? `type ${code}`;
  return { name: record.text(1), dtype, shape: tensorType.message(2).messages(1).map((size) => (size.has(2) ? size.text(2) : size.int(1))) };
}

/**
 * Reads what an ONNX model says about itself, without running it. The field numbers are those of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 * @throws for bytes that are no ONNX model.
 */
export function describeOnnx(bytes: Uint8Array): OnnxDescription {
  const model = protobufFields(bytes);
  if (!model.has(7) || !model.has(8)) throw new Error('describeOnnx: these bytes are no ONNX model: it has a graph and operator sets');
  const graph = model.message(7);
  const operators: { [op: string]: number } = {};
  for (const node of graph.messages(1)) {
    const op = node.text(7) === '' ? node.text(4) : `${node.text(7)}.${node.text(4)}`;
    operators[op] = (operators[op] ?? 0) + 1;
  }
  const constants = graph.messages(5);
  return {
    producer: model.text(2),
    irVersion: model.int(1),
    opsets: Object.fromEntries(model.messages(8).map((set) => [set.text(1), set.int(2)])),
    name: graph.text(2),
    doc: model.text(6),
    metadata: Object.fromEntries(model.messages(14).map((note) => [note.text(1), note.text(2)])),
    inputs: graph.messages(11).map(tensorInfo),
    outputs: graph.messages(12).map(tensorInfo),
    operators,
    constants: { tensors: constants.length, bytes: constants.reduce((sum, tensor) => sum + tensor.bytes(9).length, 0) },
  };
}
