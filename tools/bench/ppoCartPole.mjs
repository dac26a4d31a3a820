// One run of PPO on CartPole-v1 in a process of its own, so that nothing is compiled, loaded or warm beforehand: node ppoCartPole.mjs SEED [eager] prints one line of JSON.
const begun = performance.now();
const { chooseBackend } = await import('@rivulet/engine');
const { ppo, train } = await import('@rivulet/algorithms');
const { makeVectorEnv } = await import('@rivulet/envs');
const { untilReturn, untilSteps } = await import('@rivulet/streams');
const { lastValueFrom, tap } = await import('rxjs');

const STEPS = 100_000;
const GOAL = 475;

/** The settings of rl-baselines3-zoo. */
const zoo = {
  numEnvs: 8, rolloutSteps: 32, minibatchSize: 256, epochs: 20, discount: 0.98, gaeLambda: 0.8, entropyCoefficient: 0,
  learningRate: 1e-3, anneal: 'linear', clipRange: 0.2, annealClipRange: 'linear', hidden: [64, 64], compile: process.argv[3] !== 'eager',
};

await chooseBackend();
const loaded = performance.now();
const usedBefore = process.cpuUsage();
let [steps, mean, window] = [0, Number.NaN, 0];
const run$ = train(ppo(zoo), { env: (n) => makeVectorEnv('CartPole-v1', n), seed: Number(process.argv[2]), steps: STEPS }).pipe(
  untilSteps(STEPS),
  untilReturn(GOAL),
  tap((message) => {
    if (message.kind === 'rollout') [steps, mean, window] = [message.step, message.meanReturn, message.window];
  }),
);
await lastValueFrom(run$, { defaultValue: undefined });
const done = performance.now();
const { user, system } = process.cpuUsage(usedBefore);
process.stdout.write(`${JSON.stringify({ reached: window >= 100 && mean >= GOAL, steps, mean, seconds: (done - loaded) / 1000, processor: (user + system) / 1e6, loading: (loaded - begun) / 1000 })}\n`);
process.exit(0);
