const PATIENCE_MS = 20_000;

/** Waits until a condition holds; gives up after long. */
export async function turnsUntil(condition: () => boolean): Promise<boolean> {
  const start = performance.now();
  while (!condition() && performance.now() - start < PATIENCE_MS) await new Promise((resolve) => setTimeout(resolve, 1));
  return condition();
}
