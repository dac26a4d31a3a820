import type { BatchSpace } from '../spaces/batchSpace.js';
import type { StateObservation } from '../tabular/tabularEnv.js';
import type { GridStates } from './gridStates.js';

/** How the states of a grid world are shown: {@link oneHotState}, {@link stateNumber}, {@link gridCoordinates}, {@link gridImage}, {@link egocentricView}, {@link goalCoordinates}. */
export type GridObservation<O extends BatchSpace = BatchSpace> = (states: GridStates) => StateObservation<O>;
