import { acrobot } from './classicControl/acrobot.js';
import { cartPole } from './classicControl/cartPole.js';
import { mountainCar } from './classicControl/mountainCar.js';
import { mountainCarContinuous } from './classicControl/mountainCarContinuous.js';
import { pendulum } from './classicControl/pendulum.js';
import { chain } from './tabular/chain.js';
import { cliffWalking } from './tabular/cliffWalking.js';
import { deepSea } from './tabular/deepSea.js';
import { frozenLake } from './tabular/frozenLake.js';
import { taxi } from './tabular/taxi.js';
import type { EnvDefinition } from './vector/envDefinition.js';

/** The environments that come with the library, by id. A new one is one line here. */
export const builtInEnvs: { readonly [id: string]: () => EnvDefinition } = {
  'CartPole-v1': () => cartPole(),
  'Pendulum-v1': () => pendulum(),
  'Acrobot-v1': () => acrobot(),
  'MountainCar-v0': () => mountainCar(),
  'MountainCarContinuous-v0': () => mountainCarContinuous(),
  'FrozenLake-v1': () => frozenLake(),
  'FrozenLake8x8-v1': () => frozenLake({ map: '8x8' }),
  'CliffWalking-v1': () => cliffWalking(),
  'CliffWalkingSlippery-v1': () => cliffWalking({ isSlippery: true }),
  'Taxi-v4': () => taxi(),
  'Chain-v0': () => chain(),
  'DeepSea-v0': () => deepSea(),
};
