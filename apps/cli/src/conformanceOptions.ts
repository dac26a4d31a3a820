import { type CheckOptions, envSpec, makeDefinition, outcomeTable, type TabularMdp } from '@rivulet/envs';

/** Steps that a check makes where the environment sets no limit. */
const STEPS = 200;

/** What the conformance kit may expect of an environment: ends where it has a time limit, and chance unless its table shows none. */
export function conformanceOptions(id: string, seed: number): CheckOptions {
  const { maxEpisodeSteps } = envSpec(id);
  return { seed, steps: Math.max(STEPS, (maxEpisodeSteps ?? 0) + 1), expectEnd: maxEpisodeSteps !== undefined, random: !isDeterministic(id) };
}

/** Only a table of its outcomes shows that an environment leaves nothing to chance. */
function isDeterministic(id: string): boolean {
  const { mdp } = makeDefinition(id) as { readonly mdp?: TabularMdp };
  if (mdp === undefined) return false;
  const starts = [...mdp.rho.data].filter((probability) => probability > 0).length;
  return starts === 1 && outcomeTable(mdp).every((actions) => actions.every((outcomes) => outcomes.length === 1));
}
