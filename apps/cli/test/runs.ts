/** Short runs of every algorithm: a second or two each, with all that draws random numbers switched on. */
export const shortRuns: { readonly [algorithm: string]: readonly string[] } = {
  ppo: [
    ...['--algorithm', 'ppo', '--steps', '3000', '--until-return', 'never', '--num-envs', '4', '--rollout-steps', '16', '--minibatch-size', '32', '--epochs', '1', '--hidden', '8'],
    ...['--evaluate-every', '1000', '--episodes', '4', '--normalize-observation', '--normalize-reward'],
  ],
  a2c: ['--algorithm', 'a2c', '--env', 'FrozenLake-v1', '--steps', '1000', '--hidden', '8', '--episodes', '4'],
  dqn: [
    ...['--algorithm', 'dqn', '--steps', '1500', '--until-evaluation', 'never', '--evaluate-every', '500', '--episodes', '4', '--hidden', '8', '--batch-size', '16'],
    ...['--learning-starts', '200', '--train-frequency', '32', '--gradient-steps', '2', '--prioritized', '--n-step', '3', '--dueling', '--buffer-size', '1000'],
  ],
  sac: [
    ...['--algorithm', 'sac', '--env', 'Pendulum-v1', '--steps', '900', '--evaluate-every', '400', '--episodes', '3', '--hidden', '8', '--batch-size', '16'],
    ...['--learning-starts', '200', '--gradient-steps', '4', '--buffer-size', '700', '--num-envs', '2', '--exploration', 'ou'],
  ],
  td3: [
    ...['--algorithm', 'td3', '--env', 'Pendulum-v1', '--steps', '900', '--evaluate-every', '400', '--episodes', '3', '--hidden', '8', '--batch-size', '16'],
    ...['--learning-starts', '200', '--gradient-steps', '4'],
  ],
};
