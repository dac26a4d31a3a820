import { disposeTree, joinSnapshots, type Snapshot, snapshotPart, treeSnapshot } from '@rivulet/engine';
import { afterWarmStart } from './afterWarmStart.js';
import { frozenTree } from './frozenTree.js';
import { languageMethod } from './languageMethods.js';
import type { Begun, PhaseContext, Reached } from './learnPhase.js';
import { methodScorer } from './methodScorer.js';
import type { ModelScore } from './modelScore.js';
import { phaseParts } from './phaseParts.js';
import { rewardModelScorer } from './rewardModelScorer.js';
import type { RunParts } from './runParts.js';
import type { RunPhase } from './runPhase.js';

/** Rewards alone: verified answers, or the scores of a reward model that learns no more. */
export function methodPhase(parts: RunParts, context: PhaseContext): RunPhase {
  const { method, evaluateEvery, until, rounds, reward } = context.config;
  return {
    name: 'method',
    label: method,
    rounds,
    evaluation: { every: evaluateEvery, until, policyOf: (weights) => languageMethod(method).policyOf(weights) },
    over: ({ stopped }) => stopped !== null,
    ended: (status, stopped) => ({ ...status, stopped }),
    begin: (before) => (reward === 'model' ? fromModel(before, parts, context) : fromVerifier(before, parts, context)),
    make: ({ frozen }) => phaseParts.method(parts, context.config, undefined, frozen && methodScorer(parts, context.config, snapshotPart(frozen, 'rewardModel'))),
  };
}

async function fromVerifier(before: Reached, parts: RunParts, context: PhaseContext): Promise<Begun> {
  const { status, weights, dispose } = await afterWarmStart(before, parts, context);
  try {
    return { status: { ...status, phase: 'method', round: 0 }, made: phaseParts.method(parts, context.config, weights) };
  } finally {
    dispose();
  }
}

/** From the policy after the warm start, which the reward model's phase has kept. */
async function fromModel(before: Reached, parts: RunParts, context: PhaseContext): Promise<Begun> {
  const { config, progress } = context;
  const { status, frozen } = before;
  const weights = frozenTree((rng) => parts.policy.init(rng), snapshotPart(frozen!, 'policy'));
  try {
    const stored = await learnedModel(before, parts, context);
    const scorer = rewardModelScorer(parts, config, stored);
    const modelScore = await context.examiner.modelScore(weights, scorer);
    scorer.dispose();
    progress?.write(`after the reward model  ${inWords(modelScore)}\n`);
    const made = phaseParts.method(parts, config, weights, methodScorer(parts, config, stored));
    return { status: { ...status, phase: 'method', round: 0, modelScore }, frozen: joinSnapshots({ rewardModel: stored }), made };
  } finally {
    disposeTree(weights);
  }
}

/** The reward model as its phase has left it. */
async function learnedModel({ run, frozen }: Reached, parts: RunParts, { config }: PhaseContext): Promise<Snapshot> {
  const { actor, learner } = phaseParts.rewardModel(parts, config, frozenTree((rng) => parts.policy.init(rng), snapshotPart(frozen!, 'policy')));
  try {
    await learner.restore(snapshotPart(run!, 'learner'));
    return await treeSnapshot(learner.weights);
  } finally {
    actor.dispose();
    learner.dispose();
  }
}

function inWords({ accuracy, pairs, score }: ModelScore): string {
  const order = accuracy === null ? 'no pairs of right and wrong among samples' : `${(100 * accuracy).toFixed(1)} % of ${pairs} held-out pairs in order`;
  return `${order}, mean score ${score.toPrecision(3)}`;
}
