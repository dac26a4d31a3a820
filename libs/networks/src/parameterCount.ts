import { type Tree, treeTensors } from '@rivulet/engine';

/** How many numbers a tree of parameters holds. */
export function parameterCount(parameters: Tree): number {
  return treeTensors(parameters).reduce((total, tensor) => total + tensor.size, 0);
}
