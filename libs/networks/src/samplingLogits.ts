import { tf } from '@rivulet/engine';

/** How the next token is drawn from its logits. */
export interface SamplingOptions {
  /** τ > 0: logits are divided by it. Default: 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens. Default: all. */
  readonly topK?: number;
  /** Keep the fewest likeliest tokens that hold this much probability together. Default: 1, all. */
  readonly topP?: number;
  /** Keep tokens of at least this share of the likeliest one's probability. Default: 0, all. */
  readonly minP?: number;
}

// Probability 0 in float32, yet finite.
const NEVER = -1e9;

/**
 * Logits of the distribution that tokens are drawn from: divided by the temperature, then cut by top-k, top-p and min-p, each looking at what the one before left.
 * Tokens that are cut get -1e9; of tokens that tie with the last one kept, all stay.
 *
 * Source: Holtzman et al., "The curious case of neural text degeneration" (2020), section 3.1 for top-p; Nguyen et al., "Min-p sampling" (2024), section 3; the order is that of the
 * Python library transformers.
 *
 * @param logits [..., V]
 * @returns [..., V]
 * @throws when an option is out of range.
 */
export function samplingLogits(logits: tf.Tensor, { temperature = 1, topK, topP = 1, minP = 0 }: SamplingOptions = {}): tf.Tensor {
  const vocab = logits.shape[logits.rank - 1] as number;
  check({ temperature, topK, topP, minP });
  return tf.tidy(() => {
    const heated = temperature === 1 ? logits.clone() : logits.div(temperature);
    const fewer = topK === undefined || topK >= vocab ? heated : atLeast(heated, tf.topk(heated, topK).values.min(-1, true));
    const nucleus = topP === 1 ? fewer : atLeast(fewer, nucleusEdge(fewer, topP));
    return minP === 0 ? nucleus : atLeast(nucleus, nucleus.max(-1, true).add(Math.log(minP)));
  });
}

function atLeast(logits: tf.Tensor, edge: tf.Tensor): tf.Tensor {
  return tf.where(logits.greaterEqual(edge), logits, tf.fill(logits.shape, NEVER));
}

/** The logit of the last token within the nucleus: those before which less than p of the probability lies. */
function nucleusEdge(logits: tf.Tensor, p: number): tf.Tensor {
  const { values } = tf.topk(logits, logits.shape[logits.rank - 1] as number);
  const probability = tf.softmax(values);
  const before = probability.cumsum(-1).sub(probability);
  return tf.where(before.less(p), values, tf.fill(values.shape, Infinity)).min(-1, true);
}

function check({ temperature, topK, topP, minP }: SamplingOptions & { readonly topP: number; readonly minP: number; readonly temperature: number }): void {
  if (!(temperature > 0)) throw new Error(`samplingLogits: temperature must be above 0, got ${temperature}; take the likeliest token instead of a temperature of 0`);
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1)) throw new Error(`samplingLogits: topK must be a positive integer, got ${topK}`);
  if (!(topP > 0 && topP <= 1)) throw new Error(`samplingLogits: topP must be above 0 and at most 1, got ${topP}`);
  if (!(minP >= 0 && minP <= 1)) throw new Error(`samplingLogits: minP must be in 0 … 1, got ${minP}`);
}
