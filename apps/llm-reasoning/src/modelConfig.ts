import { z } from 'zod';

/** The form of the language model, which starts from nothing: a decoder-only transformer. */
export const modelConfig = z.strictObject({
  dim: z.int().min(2).default(64).describe('width of the residual stream'),
  layers: z.int().min(1).default(2).describe('layers'),
  heads: z.int().min(1).default(4).describe('heads of attention'),
  mlpDim: z.int().min(1).default(128).describe('width of the hidden layer of the perceptrons'),
  positions: z.enum(['rotary', 'learned']).default('rotary').describe('how positions are told'),
  norm: z.enum(['rmsNorm', 'layerNorm']).default('rmsNorm').describe('normalisation'),
  activation: z.enum(['swiglu', 'gelu', 'geluTanh']).default('swiglu').describe('of the perceptrons'),
});

export type ModelConfig = z.infer<typeof modelConfig>;
