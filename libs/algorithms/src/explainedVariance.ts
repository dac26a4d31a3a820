function variance(x: ArrayLike<number>): number {
  let mean = 0;
  for (let i = 0; i < x.length; i++) mean += x[i] / x.length;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - mean) ** 2;
  return sum / x.length;
}

/**
 * 1 - Var(returns - value) / Var(returns): 1 for a perfect value function, 0 for one no better than a constant, negative
 * for a worse one. 0 where the returns do not vary.
 */
export function explainedVariance(value: ArrayLike<number>, returns: ArrayLike<number>): number {
  const total = variance(returns);
  return total === 0 ? 0 : 1 - variance(Float64Array.from(returns, (target, i) => target - value[i])) / total;
}
