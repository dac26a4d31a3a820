import { offTape, tf } from '@rivulet/engine';

/** How parts become one reward; see {@link compositeReward}. */
export type RewardComposition =
  /** Σ w·r; a part without a weight weighs 1. */
  | { readonly combine: 'sum'; readonly weights?: { readonly [part: string]: number } }
  /** Π r */
  | { readonly combine: 'product' }
  /** Σ over the parts in their order, the most important first, of w·r as long as all parts before reach their gates: Π 1[r ≥ gate]. A part without a gate always lets pass. */
  | { readonly combine: 'gated'; readonly gates: { readonly [part: string]: number }; readonly weights?: { readonly [part: string]: number } };

/**
 * One reward of several named parts, per element, without gradient: a weighted sum, a product, or a sum in which less important parts count only
 * where the more important ones suffice. A reward for the format of an answer beside one for its content is, for instance,
 *
 *     compositeReward({ format, correct }, { combine: 'gated', gates: { format: 1 }, weights: { format: 0.1 } })
 *
 * Gated sums of rewards: catalogued after "Stabilizing Long-term Multi-turn Reinforcement Learning with Gated Rewards" (2025).
 *
 * @param parts tensors of one shape
 * @returns shaped alike
 * @throws when there is no part, shapes differ, or a weight or gate is for a part that is not there.
 */
export function compositeReward(parts: { readonly [part: string]: tf.Tensor }, composition: RewardComposition): tf.Tensor {
  const names = Object.keys(parts);
  if (names.length === 0) throw new Error('compositeReward: there is no part');
  const shape = parts[names[0]].shape.join(', ');
  for (const name of names) {
    if (parts[name].shape.join(', ') !== shape) throw new Error(`compositeReward: '${name}' must have the shape of '${names[0]}', [${shape}], got [${parts[name].shape.join(', ')}]`);
  }
  const weights = composition.combine === 'product' ? {} : (composition.weights ?? {});
  const gates = composition.combine === 'gated' ? composition.gates : {};
  for (const name of [...Object.keys(weights), ...Object.keys(gates)]) {
    if (!names.includes(name)) throw new Error(`compositeReward: there is no part '${name}', only ${names.map((part) => `'${part}'`).join(', ')}`);
  }
  return tf.tidy(() =>
    offTape(() => {
      const floats = names.map((name) => parts[name].toFloat());
      if (composition.combine === 'product') return floats.reduce((product, part) => product.mul(part)).clone();
      let open: tf.Tensor = tf.onesLike(floats[0]);
      let total: tf.Tensor = tf.zerosLike(floats[0]);
      names.forEach((name, i) => {
        total = total.add(floats[i].mul(open).mul(weights[name] ?? 1));
        if (name in gates) open = open.mul(floats[i].greaterEqual(gates[name]).toFloat());
      });
      return total;
    }),
  );
}
