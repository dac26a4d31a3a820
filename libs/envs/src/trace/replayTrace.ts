import type { Rows } from '../env.js';
import { makeDefinition } from '../registry/makeDefinition.js';
import type { TabularMdp } from '../tabular/assembleMdp.js';
import { outcomeTable } from '../tabular/outcomeTable.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import type { EnvSource } from '../vector/envSource.js';
import { vectorize } from '../vector/vectorize.js';
import { rowsOf } from '../spaces/rowsOf.js';
import { parseTrace, type EpisodeTrace, type Trace, type TransitionTable } from './parseTrace.js';
import type { TraceDifference, TraceReport } from './traceReport.js';

interface Findings {
  compared: number;
  state: number;
  oneStepState: number;
  observation: number;
  reward: number;
  probability: number;
  readonly differences: TraceDifference[];
}

/** The larger of two deviations, where NaN counts as infinite. */
function worst(deviation: number, expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let largest = deviation;
  for (let i = 0; i < expected.length; i++) {
    const distance = expected[i] === actual[i] ? 0 : Math.abs(expected[i] - actual[i]);
    largest = Math.max(largest, Number.isNaN(distance) ? Infinity : distance);
  }
  return largest;
}

function compare(findings: Findings, where: string, what: string, expected: unknown, actual: unknown): boolean {
  if (expected !== actual) findings.differences.push({ where, what, expected: String(expected), actual: String(actual) });
  return expected === actual;
}

function checkLength(where: string, what: string, values: readonly number[], expected: number): void {
  if (values.length !== expected) throw new Error(`replayTrace: ${where}: ${what} has ${values.length} numbers, expected ${expected}`);
}

function replayEpisode(definition: EnvDefinition, episode: EpisodeTrace, name: string, findings: Findings): void {
  const env = vectorize(definition, 1, { autoReset: 'disabled' });
  const oneStep = vectorize(definition, 1, { autoReset: 'disabled' });
  const actionLayout = rowsOf(definition.actionSpace);
  const observationWidth = rowsOf(definition.observationSpace).width;
  checkLength(name, 'initialState', episode.initialState, definition.stateSize);
  env.setState(0, episode.initialState);
  let before = episode.initialState;
  for (const [t, expected] of episode.steps.entries()) {
    const where = `${name}, step ${t}`;
    checkLength(where, 'action', expected.action, actionLayout.width);
    checkLength(where, 'observation', expected.observation, observationWidth);
    const action: Rows = actionLayout.dtype === 'float32' ? Float32Array.from(expected.action) : Int32Array.from(expected.action);
    const step = env.step(action);
    findings.compared++;
    findings.observation = worst(findings.observation, expected.observation, step.observation);
    findings.reward = worst(findings.reward, [expected.reward], step.reward);
    if (expected.state !== undefined) {
      checkLength(where, 'state', expected.state, definition.stateSize);
      findings.state = worst(findings.state, expected.state, env.getState(0));
      oneStep.setState(0, before);
      oneStep.step(action);
      findings.oneStepState = worst(findings.oneStepState, expected.state, oneStep.getState(0));
      before = expected.state;
    }
    const sameEnd = compare(findings, where, 'terminated', expected.terminated, step.terminated[0] === 1);
    const sameCut = compare(findings, where, 'truncated', expected.truncated, step.truncated[0] === 1);
    // After a flag that differs, only one of the two goes on.
    if (!sameEnd || !sameCut) return;
  }
}

function compareTables(definition: EnvDefinition, expected: TransitionTable, initial: readonly number[], findings: Findings): void {
  const mdp = (definition as EnvDefinition & { readonly mdp?: TabularMdp }).mdp;
  if (mdp === undefined) throw new Error(`replayTrace: ${definition.id} has no transition table to compare the trace with`);
  const actual = outcomeTable(mdp);
  if (compare(findings, 'initial', 'states', initial.length, mdp.rho.data.length)) findings.probability = worst(0, initial, mdp.rho.data);
  if (!compare(findings, 'P', 'states', expected.length, actual.length)) return;
  expected.forEach((actions, s) => {
    if (!compare(findings, `state ${s}`, 'actions', actions.length, actual[s].length)) return;
    actions.forEach((outcomes, a) => {
      if (!compare(findings, `state ${s}, action ${a}`, 'outcomes', outcomes.length, actual[s][a].length)) return;
      outcomes.forEach(([probability, nextState, reward, terminated], k) => {
        const where = `state ${s}, action ${a}, outcome ${k}`;
        const outcome = actual[s][a][k];
        findings.compared++;
        findings.probability = worst(findings.probability, [probability], [outcome[0]]);
        findings.reward = worst(findings.reward, [reward], [outcome[2]]);
        compare(findings, where, 'nextState', nextState, outcome[1]);
        compare(findings, where, 'terminated', terminated, outcome[3]);
      });
    });
  });
}

function fill(definition: EnvDefinition, trace: Trace, findings: Findings): void {
  if (trace.kind === 'table') compareTables(definition, trace.P, trace.initial, findings);
  else trace.episodes.forEach((episode, e) => replayEpisode(definition, episode, `episode ${e}`, findings));
}

/**
 * Replays recorded episodes (from their initial states, with their actions), or compares a transition table, and reports the largest deviations.
 * @param source a definition, or the id of a registered one.
 * @param trace what `JSON.parse` gave; see `parseTrace` for its two forms.
 * @throws when the trace is malformed, is of another environment, or does not fit the spaces.
 */
export function replayTrace(source: EnvSource | string, trace: unknown): TraceReport {
  const definition = typeof source === 'string' ? makeDefinition(source) : typeof source === 'function' ? source() : source;
  const parsed = parseTrace(trace);
  if (parsed.env !== undefined && parsed.env !== definition.id) throw new Error(`replayTrace: the trace is of ${parsed.env}, not of ${definition.id}`);
  const findings: Findings = { compared: 0, state: 0, oneStepState: 0, observation: 0, reward: 0, probability: 0, differences: [] };
  fill(definition, parsed, findings);
  return { env: definition.id, kind: parsed.kind, ...findings };
}
