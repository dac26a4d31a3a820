export type * from './module.js';
export type * from './distribution.js';
export type * from './policy.js';
