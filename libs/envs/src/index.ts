export type * from './env.js';
export type * from './space.js';
