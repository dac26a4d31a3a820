import type { TransformerOptions } from './transformerOptions.js';

/** {@link TransformerOptions} with nothing left open. */
export interface TransformerForm extends Required<TransformerOptions> {
  readonly bias: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
}

/**
 * Fills in the defaults.
 * @throws when a size is no positive integer, when heads do not share out, or when a rotated head has an odd width.
 */
export function transformerForm(options: TransformerOptions): TransformerForm {
  const { bias = {} } = options;
  const form: TransformerForm = {
    ...options,
    kvHeads: options.kvHeads ?? options.heads,
    headDim: options.headDim ?? options.dim / options.heads,
    mlpDim: options.mlpDim ?? 4 * options.dim,
    positions: options.positions ?? 'learned',
    ropeTheta: options.ropeTheta ?? 10_000,
    norm: options.norm ?? 'layerNorm',
    normEpsilon: options.normEpsilon ?? 1e-5,
    activation: options.activation ?? 'geluTanh',
    bias: { qkv: bias.qkv ?? true, output: bias.output ?? true, mlp: bias.mlp ?? true },
    tied: options.tied ?? true,
    attention: options.attention ?? 'causal',
  };
  const fail = (what: string): never => {
    throw new Error(`causalTransformer: ${what}`);
  };
  for (const name of ['vocab', 'dim', 'layers', 'heads', 'context', 'kvHeads', 'mlpDim'] as const) {
    if (!Number.isInteger(form[name]) || form[name] < 1) fail(`${name} should be a positive integer, got ${form[name]}`);
  }
  if (!Number.isInteger(form.headDim) || form.headDim < 1) fail(`dim ${form.dim} cannot be shared by ${form.heads} heads; give headDim`);
  if (form.heads % form.kvHeads !== 0) fail(`${form.heads} heads cannot share ${form.kvHeads} heads of keys and values evenly`);
  if (form.positions === 'rotary' && form.headDim % 2 !== 0) fail(`rotary positions turn pairs: headDim should be even, got ${form.headDim}`);
  return form;
}
