// An export by name hides the one of the same name behind the star.
export * from '@tensorflow/tfjs';
export { einsum } from './ops/einsum.js';
export { logSigmoid } from './ops/logSigmoid.js';
export { matMul } from './ops/matMul.js';
export { cumprod, cumsum } from './ops/scans.js';
