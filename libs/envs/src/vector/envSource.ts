import type { BatchSpace } from '../spaces/batchSpace.js';
import type { EnvDefinition } from './envDefinition.js';

/** A definition, or a function that makes one with its default options: `vectorize(cartPole, 16)`. */
export type EnvSource<O extends BatchSpace = BatchSpace, A extends BatchSpace = BatchSpace> = EnvDefinition<O, A> | (() => EnvDefinition<O, A>);
