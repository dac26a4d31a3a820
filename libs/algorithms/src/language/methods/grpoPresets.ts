import type { z } from 'zod';
import type { grpoConfig } from './grpoConfig.js';

type Preset = Partial<z.input<typeof grpoConfig>>;

/**
 * The members of the family as settings of {@link grpo}. Where paper and code differ, this is the paper's form:
 *
 * - `grpo`: Shao et al., "DeepSeekMath" (2024), eqs. 3 and 4, algorithm 1: advantages standardised within the group, losses averaged by sequence, k3 towards the start in the loss with weight 0.04.
 * - `drGrpo`: Liu et al., "Understanding R1-Zero-like training" (2025), section 3.2: no division by the deviation, none by the length.
 * - `dapo`: Yu et al., "DAPO" (2025), eqs. 8 to 12: clip higher above, averaged over tokens, only informative groups, no divergence. (Its penalty for overlong answers is a reward: see `lengthPenalty` of returns.)
 * - `rloo`: Ahmadian et al., "Back to basics" (2024), eq. 8: the mean of the others as baseline, the completion as one action, the divergence in the reward.
 * - `reinforcePlusPlus`: Hu et al., "REINFORCE++" (2025), section 3: advantages standardised over the batch, the divergence (k1) in the reward, token-level clipping.
 * - `gspo`: Zheng et al., "Group sequence policy optimization" (2025), eqs. 5 to 7: the geometric mean of the ratios is clipped, by 3e-4 and 4e-4.
 */
export const grpoPresets = {
  grpo: { center: 'mean', scale: 'group', aggregation: 'sequence', klCoefficient: 0.04, klEstimator: 'k3', klPlacement: 'loss' },
  drGrpo: { center: 'mean', scale: 'none', aggregation: 'constant', klCoefficient: 0 },
  dapo: { center: 'mean', scale: 'group', aggregation: 'token', clipLow: 0.2, clipHigh: 0.28, informative: true, klCoefficient: 0 },
  rloo: { center: 'leaveOneOut', scale: 'none', level: 'sequence', klCoefficient: 0.05, klEstimator: 'k1', klPlacement: 'reward' },
  reinforcePlusPlus: { center: 'batch', scale: 'batch', aggregation: 'token', klCoefficient: 0.01, klEstimator: 'k1', klPlacement: 'reward' },
  gspo: { center: 'mean', scale: 'group', level: 'geometric', clipLow: 3e-4, clipHigh: 4e-4, klCoefficient: 0 },
} as const satisfies { readonly [name: string]: Preset };
