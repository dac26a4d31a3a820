export type * from './messages.js';
export type * from './actorLearner.js';
