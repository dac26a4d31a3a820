/** Lets turns of the event loop pass until a condition holds; gives up after many. */
export async function turnsUntil(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 2_000 && !condition(); i++) await new Promise((resolve) => setImmediate(resolve));
  return condition();
}
