import type { Json } from '@rivulet/engine';
import type { Box } from '../space.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import { tabularEnv } from '../tabular/tabularEnv.js';
import type { TabularEnv } from '../tabular/tabularEnv.js';
import type { Batch } from '../vector/batch.js';
import { cellReward } from './cellReward.js';
import { compassMoves } from './compassMoves.js';
import { gridLayout } from './gridLayout.js';
import type { GridLayoutName } from './gridLayout.js';
import { gridMdp } from './gridMdp.js';
import type { GridObservation } from './gridObservation.js';
import type { GridReward } from './gridReward.js';
import type { GridRules } from './gridRules.js';
import { gridStates } from './gridStates.js';
import type { GridStates } from './gridStates.js';
import { oneHotState } from './oneHotState.js';
import type { GridLayout } from './parseGrid.js';

/** The parts of a {@link gridWorld}. */
export interface GridWorldOptions<O extends BatchSpace = BatchSpace> {
  /** A named map, a map, or several maps (levels), of which every episode draws one. Default `'empty'`. */
  readonly layout?: GridLayoutName | GridLayout | readonly GridLayout[];
  /** How one moves. Default `compassMoves()`: up, right, down, left. */
  readonly rules?: GridRules;
  /** Default `cellReward({ G: 1 })`. */
  readonly reward?: GridReward;
  /** The letters of the cells whose entry ends the episode. Default `'GX'`. */
  readonly terminal?: string;
  /** Default `oneHotState()`. */
  readonly observation?: GridObservation<O>;
  /** The discount noted in the MDP. Default 1. */
  readonly gamma?: number;
  /** Steps after which an episode is cut; Infinity for none. Default 100. */
  readonly maxEpisodeSteps?: number;
  /** Default `'GridWorld-v0'`. */
  readonly id?: string;
}

/** A grid world: an environment, its exact MDP, and its numbered states. */
export interface GridWorld<O extends BatchSpace = BatchSpace> extends TabularEnv<O> {
  readonly states: GridStates;
}

function layoutsOf(layout: NonNullable<GridWorldOptions['layout']>): readonly GridLayout[] {
  if (typeof layout === 'string') return [gridLayout(layout)];
  const layouts = 'letters' in layout ? [layout] : layout;
  if (layouts.length === 0) throw new Error('gridWorld: there must be at least one level');
  return layouts;
}

/**
 * A grid world composed of a map, rules, a reward and an observation. Its states are enumerated, so that it is a finite MDP (`mdp`) and its
 * environment at once; levels lie side by side in it, each with its own states.
 *
 * `info` tells `level`, `row` and `column`.
 * @throws when the maps, rules and observation do not fit each other; see there.
 */
export function gridWorld(options?: Omit<GridWorldOptions, 'observation'>): GridWorld<Box>;
export function gridWorld<O extends BatchSpace>(options: GridWorldOptions<O> & { readonly observation: GridObservation<O> }): GridWorld<O>;
export function gridWorld(options: GridWorldOptions = {}): GridWorld {
  const { layout = 'empty', rules = compassMoves(), reward = cellReward({ G: 1 }), terminal = 'GX', gamma, maxEpisodeSteps = 100, id = 'GridWorld-v0' } = options;
  const states = gridStates(layoutsOf(layout), rules);
  const mdp = gridMdp(states, reward, terminal, gamma, maxEpisodeSteps);
  const observation = (options.observation ?? oneHotState())(states);
  return {
    ...tabularEnv(mdp, { id, observation }),
    states,
    info(batch: Batch, copy: number): { readonly [key: string]: Json } {
      const { level, cell } = states.placeOf(batch.state[copy]);
      const { width } = states.layouts[level];
      return { level, row: Math.floor(cell / width), column: cell % width };
    },
  };
}
