import { noGradient, repair } from './repair.js';

const oneInput = { x: ['ArgMax', 'ArgMin', 'Any', 'All', 'LogicalNot', 'IsNan', 'IsInf', 'IsFinite'], logits: ['Multinomial'] } as const;
const twoInputs = ['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'LogicalAnd', 'LogicalOr', 'LogicalXor', 'FloorDiv'];

/**
 * Comparisons, logic and choices are constant almost everywhere: gradient zero. TensorFlow.js has none for most of them and throws as soon as a mask
 * depends on what is differentiated; for `floorDiv` it returns that of the division, and for a cast to integers that of the identity.
 */
export function repairPiecewiseConstant(): void {
  for (const [input, kernels] of Object.entries(oneInput)) {
    for (const kernel of kernels) repair(kernel, { inputs: [input] }, (_, [x]) => ({ [input]: noGradient(x) }));
  }
  for (const kernel of twoInputs) repair(kernel, { inputs: ['a', 'b'] }, (_, [a, b]) => ({ a: noGradient(a), b: noGradient(b) }));
  repair('Cast', {}, (dy, _, { dtype }) => ({ x: () => (dtype === 'float32' || dtype === 'complex64' ? dy.clone() : noGradient(dy)()) }));
}
