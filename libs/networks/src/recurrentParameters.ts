import type { LinearParameters } from './linear.js';

/** input: kernel [in, G] and bias [G]; recurrent: kernel [H, G] and bias [G], the gates side by side. */
export type RecurrentParameters = { readonly input: LinearParameters; readonly recurrent: LinearParameters };
