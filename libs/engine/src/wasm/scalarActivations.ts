/** Φ(x) by the approximation of the error function that TensorFlow.js uses, of error 1.5e-7 (Abramowitz and Stegun, eq. 7.1.26). */
function normalCdf(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const upper = 0.5 * t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-z * z);
  return x < 0 ? upper : 1 - upper;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The elementwise nonlinearities of a {@link wasmMlp}, by the names of the networks' activations, in plain JavaScript. */
export const scalarActivations = {
  identity: (x: number) => x,
  relu: (x: number) => Math.max(0, x),
  leakyRelu: (x: number) => Math.max(x, 0.01 * x),
  tanh: Math.tanh,
  elu: (x: number) => (x < 0 ? Math.expm1(x) : x),
  silu: (x: number) => x * sigmoid(x),
  gelu: (x: number) => x * normalCdf(x),
  softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sigmoid,
} as const;

/** The name of a nonlinearity of a {@link wasmMlp}. */
export type WasmActivation = keyof typeof scalarActivations;
