import { acrobot } from './classicControl/acrobot.js';
import { cartPole } from './classicControl/cartPole.js';
import { cartPoleContinuous } from './classicControl/cartPoleContinuous.js';
import { mountainCar } from './classicControl/mountainCar.js';
import { mountainCarContinuous } from './classicControl/mountainCarContinuous.js';
import { pendulum } from './classicControl/pendulum.js';
import { multiArmedBandit } from './bandits/multiArmedBandit.js';
import { gridWorld } from './grid/gridWorld.js';
import { pointMass } from './point/pointMass.js';
import { pointMaze } from './point/pointMaze.js';
import { chain } from './tabular/chain.js';
import { cliffWalking } from './tabular/cliffWalking.js';
import { deepSea } from './tabular/deepSea.js';
import { frozenLake } from './tabular/frozenLake.js';
import { taxi } from './tabular/taxi.js';
import type { EnvDefinition } from './vector/envDefinition.js';

/** The environments that come with the library, by id. A new one is one line here. */
export const builtInEnvs: { readonly [id: string]: () => EnvDefinition } = {
  'CartPole-v1': () => cartPole(),
  'CartPoleContinuous-v0': () => cartPoleContinuous(),
  'Pendulum-v1': () => pendulum(),
  'Acrobot-v1': () => acrobot(),
  'MountainCar-v0': () => mountainCar(),
  'MountainCarContinuous-v0': () => mountainCarContinuous(),
  'FrozenLake-v1': () => frozenLake(),
  'FrozenLake8x8-v1': () => frozenLake({ map: '8x8' }),
  'CliffWalking-v1': () => cliffWalking(),
  'CliffWalkingSlippery-v1': () => cliffWalking({ isSlippery: true }),
  'Taxi-v4': () => taxi(),
  'Taxi-v3': () => ({ ...taxi(), id: 'Taxi-v3' }),
  'Chain-v0': () => chain(),
  'RiverSwim-v0': () => ({ ...chain({ length: 6, kind: 'riverSwim' }), id: 'RiverSwim-v0' }),
  'DeepSea-v0': () => deepSea(),
  'GridWorld-Empty-v0': () => gridWorld({ layout: 'empty', id: 'GridWorld-Empty-v0' }),
  'GridWorld-FourRooms-v0': () => gridWorld({ layout: 'fourRooms', id: 'GridWorld-FourRooms-v0' }),
  'GridWorld-Maze-v0': () => gridWorld({ layout: 'maze', id: 'GridWorld-Maze-v0' }),
  'GridWorld-KeyDoor-v0': () => gridWorld({ layout: 'keyDoor', id: 'GridWorld-KeyDoor-v0' }),
  'MultiArmedBandit-v0': () => multiArmedBandit({ means: [0.1, 0.3, 0.5, 0.7, 0.9] }),
  'PointMass-v0': () => pointMass(),
  'PointMaze-UMaze-v0': () => pointMaze({ layout: 'uMaze', id: 'PointMaze-UMaze-v0' }),
  'PointMaze-FourRooms-v0': () => pointMaze({ layout: 'fourRooms', id: 'PointMaze-FourRooms-v0' }),
  'PointMaze-Square-v0': () => pointMaze({ layout: 'square', id: 'PointMaze-Square-v0' }),
  'PointMaze-Tree-v0': () => pointMaze({ layout: 'tree', id: 'PointMaze-Tree-v0' }),
  'PointMaze-Serpentine-v0': () => pointMaze({ layout: 'serpentine', id: 'PointMaze-Serpentine-v0' }),
  'PointMaze-Deceptive-v0': () => pointMaze({ layout: 'deceptive', id: 'PointMaze-Deceptive-v0' }),
  'PointMaze-Medium-v0': () => pointMaze({ layout: 'medium', id: 'PointMaze-Medium-v0' }),
  'PointMaze-Large-v0': () => pointMaze({ layout: 'large', id: 'PointMaze-Large-v0' }),
};
