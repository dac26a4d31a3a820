import { describe, expect, it } from 'vitest';
import { cartPole, frozenLake, outcomeTable, replayTrace, vectorize } from '../index.js';

function recorded() {
  const env = vectorize(cartPole({ maxSteps: 3 }), 1, { autoReset: 'disabled', seed: 1 });
  env.reset();
  const initialState = [...env.getState(0)];
  const steps = [1, 0, 1].map((action) => {
    const { observation, reward, terminated, truncated } = env.step(Int32Array.of(action));
    return { action: [action], state: [...env.getState(0)], observation: [...observation], reward: reward[0], terminated: terminated[0] === 1, truncated: truncated[0] === 1 };
  });
  return { env: 'CartPole-v1', episodes: [{ initialState, steps }] };
}

describe('replayTrace', () => {
  it('finds nothing in its own trace', () => {
    expect(replayTrace(cartPole({ maxSteps: 3 }), recorded())).toEqual({
      env: 'CartPole-v1',
      kind: 'episodes',
      compared: 3,
      state: 0,
      oneStepState: 0,
      observation: 0,
      reward: 0,
      probability: 0,
      differences: [],
    });
  });

  it('measures deviations and lists flags that differ', () => {
    const trace = recorded();
    trace.episodes[0].steps[1].state[2] += 0.25;
    trace.episodes[0].steps[0].observation[0] -= 0.5;
    trace.episodes[0].steps[2].reward = 3;
    const report = replayTrace('CartPole-v1', trace);
    expect(report.state).toBeCloseTo(0.25, 12);
    expect(report.observation).toBeCloseTo(0.5, 12);
    expect(report.reward).toBe(2);
    expect(report.differences).toEqual([{ where: 'episode 0, step 2', what: 'truncated', expected: 'true', actual: 'false' }]);
  });

  it('compares tables', () => {
    const { mdp } = frozenLake();
    const P = outcomeTable(mdp).map((actions) => actions.map((outcomes) => outcomes.map((outcome) => [...outcome])));
    const initial = [...mdp.rho.data];
    expect(replayTrace('FrozenLake-v1', { env: 'FrozenLake-v1', P, initial })).toMatchObject({ kind: 'table', probability: 0, reward: 0, differences: [] });
    P[3][1][0][1] = 9;
    P[2][0][0][0] = 0.5;
    const report = replayTrace(frozenLake, { P, initial });
    expect(report.differences).toEqual([expect.objectContaining({ where: 'state 3, action 1, outcome 0', what: 'nextState', expected: '9' })]);
    expect(report.probability).toBeCloseTo(0.5 - 1 / 3, 12);
  });

  it.each([
    ['a text', 'the trace must be an object, got "a text"'],
    [{}, "the trace must have 'episodes', or 'P' and 'initial'"],
    [{ episodes: [{ initialState: [0, 0, 0, 0], steps: [{ action: 'left' }] }] }, 'episodes[0].steps[0].action must be an array, got "left"'],
    [{ episodes: [{ initialState: [0, 0], steps: [] }] }, 'episode 0: initialState has 2 numbers, expected 4'],
    [{ env: 'Pendulum-v1', episodes: [] }, 'the trace is of Pendulum-v1, not of CartPole-v1'],
    [{ P: [[[[1, 0, 0]]]], initial: [1] }, 'P[0][0][0] must be [probability, nextState, reward, terminated]'],
    [{ P: [], initial: [] }, 'CartPole-v1 has no transition table'],
  ])('refuses %j', (trace, message) => {
    expect(() => replayTrace('CartPole-v1', trace)).toThrow(message);
  });

  it('refuses steps after the end of an episode', () => {
    const trace = recorded();
    trace.episodes[0].steps[1].terminated = true;
    expect(() => replayTrace('CartPole-v1', trace)).toThrow('episodes[0].steps[1] ends the episode, but 1 more steps follow');
  });
});
