import { compile, type NdArray, pack, type tf, type Tree } from '@rivulet/engine';
import { rewardModel } from '@rivulet/networks';
import { processRewardScore, type ProcessRewardCombination } from './processRewardScore.js';
import { stepEnds } from './stepEnds.js';
import type { Answer, Scorer } from '../flows/scorer.js';
import type { TokenModel } from '../tokenPolicy.js';
import { type TokenRoom, tokenRollout } from '../tokenRollout.js';
import { withValueHead } from '../withValueHead.js';

export interface RewardScorerOptions {
  /** The transformer that became a reward model, as `rewardModelling` or `processRewardModelling` got it. */
  readonly policy: TokenModel;
  /** What was trained: `{ policy, value }`. Copied. */
  readonly weights: Tree;
  readonly room: TokenRoom;
  /** Of a process reward model: the tokens that end a step, and how steps become the reward. Without it the reward is the outcome's score. */
  readonly steps?: { readonly separators: readonly number[]; readonly combine: ProcessRewardCombination };
  /** Rewards become (score − mean)/deviation: the scores of a policy's completions have a mean and a scale of their own. Default: as they are. */
  readonly normalize?: { readonly mean: number; readonly deviation: number };
  /** The most answers that are scored at once. Default: 128. */
  readonly rows?: number;
  /** Default: true. */
  readonly compile?: boolean;
}

/** A scorer that tells how it came to its rewards. */
export interface RewardScorer extends Scorer {
  /** Of each answer the probability that each of its steps is right, or where outcomes are scored its score alone. */
  steps(answers: readonly Answer[]): Promise<number[][]>;
  dispose(): void;
}

/**
 * A trained reward model in the place of a verifier: its score of the whole answer, or the scores of its steps as one.
 *
 * Source: Ouyang et al., "InstructGPT" (2022), section 3.5; steps: Lightman et al., "Let's verify step by step" (2023), section 2.6.
 *
 * @throws (rejects) when an answer does not fit the room.
 */
export function rewardScorer(options: RewardScorerOptions): RewardScorer {
  const { room, steps, normalize = { mean: 0, deviation: 1 }, rows = 128, compile: compiled = true } = options;
  const headed = withValueHead(options.policy);
  const model = rewardModel({
    trunk: { init: headed.init, apply: (trained: Tree, input: { readonly tokens: tf.Tensor; readonly mask: tf.Tensor }) => headed.model.trunk.apply(headed.parameters(trained), input) },
    head: { init: headed.init, apply: (trained: Tree, hidden) => headed.value!(trained, hidden).expandDims(2) },
    granularity: steps === undefined ? 'outcome' : 'step',
  });
  const run = compile((trained: Tree, tokens: tf.Tensor, mask: tf.Tensor) => ({ score: model.apply({ trunk: trained, head: trained }, { tokens, mask }) }), { eager: !compiled });
  const weights = pack<Tree>(options.weights);

  /** Scores [B] or [B, P+T] of answers; all calls for many answers have one shape. */
  const scoreRows = async (answers: readonly Answer[], height: number): Promise<NdArray> => {
    const filled = Array.from({ length: height }, (_, i) => answers[Math.min(i, answers.length - 1)]);
    const { tokens, mask } = tokenRollout(filled, room);
    return (await run(weights, tokens, mask)).score.toHost() as NdArray;
  };

  const explained = async (answers: readonly Answer[]): Promise<number[][]> => {
    const height = Math.min(rows, answers.length);
    const out: number[][] = [];
    for (let from = 0; from < answers.length; from += height) {
      const part = answers.slice(from, from + height);
      const { data } = await scoreRows(part, height);
      const width = room.promptTokens + room.newTokens;
      part.forEach(({ tokens }, i) => out.push(steps === undefined ? [data[i]] : stepEnds(tokens, steps.separators).map((end) => sigmoid(data[i * width + room.promptTokens + end]))));
    }
    return out;
  };

  return {
    steps: explained,
    async score(answers) {
      return (await explained(answers)).map((scores) => {
        const score = steps === undefined ? scores[0] : processRewardScore(scores, steps.combine);
        return { reward: (score - normalize.mean) / normalize.deviation, reason: scores.map((each) => each.toFixed(2)).join(' ') };
      });
    },
    dispose: () => void run.dispose(),
  };
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
