import * as tf from '@tensorflow/tfjs';

/** A tensor with one letter per axis. */
interface Labelled {
  readonly labels: string;
  readonly tensor: tf.Tensor;
}

const join = (labels: string, ...keep: string[]) => [...labels].filter((label) => keep.every((other) => other.includes(label))).join('');
const without = (labels: string, other: string) => [...labels].filter((label) => !other.includes(label)).join('');

function parse(equation: string, operands: readonly tf.Tensor[]): { readonly terms: Labelled[]; readonly output: string } {
  const match = /^([a-zA-Z]*(?:,[a-zA-Z]*)*)->([a-zA-Z]*)$/.exec(equation.replaceAll(' ', ''));
  if (match === null) throw new Error(`einsum: '${equation}' is not of the form 'ab,bc->ac'`);
  const inputs = match[1].split(',');
  const output = match[2];
  if (inputs.length !== operands.length) throw new Error(`einsum: '${equation}' has ${inputs.length} inputs, but ${operands.length} tensors were given`);
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) => checkTerm(equation, labels, operands[i], sizes));
  for (const label of output) if (!sizes.has(label)) throw new Error(`einsum: '${label}' in the output of '${equation}' is in no input`);
  if (new Set(output).size !== output.length) throw new Error(`einsum: the output of '${equation}' repeats a label`);
  return { terms: inputs.map((labels, i) => ({ labels, tensor: operands[i] })), output };
}

function checkTerm(equation: string, labels: string, tensor: tf.Tensor, sizes: Map<string, number>): void {
  if (new Set(labels).size !== labels.length) throw new Error(`einsum: '${labels}' in '${equation}' repeats a label; take the diagonal first`);
  if (labels.length !== tensor.rank) throw new Error(`einsum: '${labels}' in '${equation}' needs rank ${labels.length}, got the shape [${tensor.shape.join(', ')}]`);
  [...labels].forEach((label, axis) => {
    const size = tensor.shape[axis];
    if (sizes.has(label) && sizes.get(label) !== size) throw new Error(`einsum: '${label}' in '${equation}' is ${sizes.get(label)} in one input and ${size} in another`);
    sizes.set(label, size);
  });
}

/** Sums over every axis that is not in `keep`. */
function sumOut({ labels, tensor }: Labelled, keep: string): Labelled {
  const axes = [...labels].flatMap((label, axis) => (keep.includes(label) ? [] : [axis]));
  return axes.length === 0 ? { labels, tensor } : { labels: join(labels, keep), tensor: tensor.sum(axes) };
}

function reorder({ labels, tensor }: Labelled, order: string): tf.Tensor {
  return labels === order ? tensor : tensor.transpose([...order].map((label) => labels.indexOf(label)));
}

/** The product of two terms as one matrix product: [batch, free, shared] × [batch, shared, free]. */
function contract(first: Labelled, second: Labelled, keep: string): Labelled {
  const [a, b] = [sumOut(first, keep + second.labels), sumOut(second, keep + first.labels)];
  const batch = join(a.labels, b.labels, keep);
  const shared = without(join(a.labels, b.labels), keep);
  const [freeA, freeB] = [without(a.labels, b.labels), without(b.labels, a.labels)];
  const size = (term: Labelled, labels: string) => [...labels].map((label) => term.tensor.shape[term.labels.indexOf(label)]);
  const count = (term: Labelled, labels: string) => tf.util.sizeFromShape(size(term, labels));
  const lead = batch === '' ? [] : [count(a, batch)];
  const left = reorder(a, batch + freeA + shared).reshape([...lead, count(a, freeA), count(a, shared)]);
  const right = reorder(b, batch + shared + freeB).reshape([...lead, count(b, shared), count(b, freeB)]);
  return { labels: batch + freeA + freeB, tensor: tf.matMul(left, right).reshape([...size(a, batch), ...size(a, freeA), ...size(b, freeB)]) };
}

/**
 * Sums of products by Einstein's notation, `einsum('bthd,bshd->bhts', q, k)`: letters that are not in the output are summed over. Any number of inputs,
 * multiplied from left to right as matrix products.
 * The original multiplies out all axes before it sums, has no gradient, is missing on wasm, and returns its input itself where nothing changes.
 * @throws when the equation does not fit the tensors, or repeats a letter within one input.
 */
export function einsum(equation: string, ...tensors: tf.Tensor[]): tf.Tensor {
  return tf.tidy(() => {
    const { terms, output } = parse(equation, tensors);
    const product = terms.reduce((left, right, i) => contract(left, right, output + terms.slice(i + 1).map((term) => term.labels).join('')));
    return reorder(sumOut(product, output), output).clone();
  });
}
