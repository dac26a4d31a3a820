import * as tf from '@tensorflow/tfjs';

interface TapeNode {
  readonly inputs: { readonly [name: string]: tf.Tensor };
  readonly outputs: readonly tf.Tensor[];
  readonly saved: readonly tf.Tensor[];
}

/** The parts of the engine of TensorFlow.js 4.22 that its types keep private. */
interface Recorder {
  addTapeNode(...args: unknown[]): void;
  readonly state: { readonly activeTape: TapeNode[] };
}

/**
 * Puts the copies that an op saves of its own outputs after the op on the tape.
 *
 * TensorFlow.js records them before it. The copy of an output then seems to come from nowhere, and every gradient that is written with the output
 * (tanh, exp, sigmoid, softmax, logSoftmax, pow...) is differentiated as if the output were constant: second derivatives are silently wrong.
 * In this order they are right to every order, also for custom gradients that save their value, and nothing has to be computed twice.
 */
export function orderTape(): void {
  const engine = tf.engine() as unknown as Recorder;
  if (Object.hasOwn(engine, 'addTapeNode')) return;
  const record = engine.addTapeNode;
  engine.addTapeNode = (...args) => {
    record.apply(engine, args);
    moveSavedOutputs(engine.state.activeTape);
  };
}

/** The last node of the tape is the op; the copies that it saved stand right before it. */
function moveSavedOutputs(tape: TapeNode[]): void {
  const node = tape[tape.length - 1];
  if (node.saved.length === 0) return;
  const saved = new Set(node.saved.map((tensor) => tensor.id));
  let first = tape.length - 1;
  while (first > 0 && tape[first - 1].outputs.length === 1 && saved.has(tape[first - 1].outputs[0].id)) first--;
  const outputs = new Set(node.outputs.map((tensor) => tensor.id));
  const copiesOutput = (copy: TapeNode) => Object.values(copy.inputs).some((input) => outputs.has(input.id));
  const copies = tape.slice(first, -1);
  tape.splice(first, tape.length - first, ...copies.filter((copy) => !copiesOutput(copy)), node, ...copies.filter(copiesOutput));
}
