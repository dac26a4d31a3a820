/** The form of a {@link causalTransformer}. Without further options it is GPT-2's; Llama's and Qwen2's are switches of it. */
export interface TransformerOptions {
  /** V, the number of tokens. */
  readonly vocab: number;
  /** D, the width of the residual stream. */
  readonly dim: number;
  readonly layers: number;
  /** H, the heads of the queries. */
  readonly heads: number;
  /** The longest sequence. */
  readonly context: number;
  /** Heads of the keys and values, each shared by heads / kvHeads queries (grouped-query attention). Default: heads. */
  readonly kvHeads?: number;
  /** Width of a head. Default: dim / heads. */
  readonly headDim?: number;
  /** Width of the hidden layer of the perceptrons. Default: 4·dim. */
  readonly mlpDim?: number;
  /** A table of positions, added to the tokens, or rotations of queries and keys. Default: learned. */
  readonly positions?: 'learned' | 'rotary';
  /** θ of the rotations: pair i of a head of width d turns by position·θ^(-2i/d). Default: 10000. */
  readonly ropeTheta?: number;
  /** Default: layerNorm. */
  readonly norm?: 'layerNorm' | 'rmsNorm';
  /** Default: 1e-5. */
  readonly normEpsilon?: number;
  /** 'gelu' is exact, 'geluTanh' its approximation by tanh; 'swiglu' has a gate: silu(gate x)·(up x). Default: geluTanh. */
  readonly activation?: 'gelu' | 'geluTanh' | 'swiglu';
  /** Which linear maps have a bias. Default: all. */
  readonly bias?: { readonly qkv?: boolean; readonly output?: boolean; readonly mlp?: boolean };
  /** Whether the logits are products with the table of tokens, in place of a kernel of their own. Default: true. */
  readonly tied?: boolean;
  /** 'causal': a token sees itself and those before it. 'full': it sees all, as in masked diffusion. Default: causal. */
  readonly attention?: 'causal' | 'full';
}
