const WARM_UP_MS = 700;
const REPEAT_MS = 400;

/** Calls `call` until the time is over, asking the clock once in `chunk` calls. Returns calls and milliseconds. */
async function spin(call, chunk, atLeastMs) {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < atLeastMs) {
    for (let i = 0; i < chunk; i++) {
      const pending = call();
      if (pending instanceof Promise) await pending;
    }
    calls += chunk;
    elapsed = performance.now() - start;
  }
  return { calls, elapsed };
}

/**
 * Warms up, then times `repeats` times and takes the median.
 *
 * A benchmark is { name, about, setup } where setup() returns { call, count, unit, per, close }: one call does `count` units of work, and the result is
 * units per second; without a count it is milliseconds per call, or where one call does the thing `per` times, milliseconds each. `repeats` of the
 * benchmark itself is an upper bound, for what takes seconds; `against` names another one whose time is put in relation to this one's.
 *
 * What cannot be called again and again has in the place of setup sample(repeats), which gives { values, unit, notes }: milliseconds, or with a unit the
 * units per second, and lines to print.
 */
export async function measure({ name, setup, sample, repeats: most = Infinity }, asked) {
  const repeats = Math.min(asked, most);
  const { values, unit, notes = [] } = sample === undefined ? await timed(setup, repeats) : await sample(repeats);
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const median = values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  const [least, greatest] = [values[0], values.at(-1)];
  return unit === undefined ? { name, ms: median, range: [greatest, least], notes } : { name, perSecond: median, unit, range: [least, greatest], notes };
}

async function timed(setup, repeats) {
  const { call, count, unit, per = 1, close } = await setup();
  const warm = await spin(call, 1, WARM_UP_MS);
  const chunk = Math.max(1, Math.floor(warm.calls / warm.elapsed));
  const values = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { calls, elapsed } = await spin(call, chunk, REPEAT_MS);
    values.push(count === undefined ? elapsed / calls / per : (1000 * count * calls) / elapsed);
  }
  close?.();
  return { values, unit: count === undefined ? undefined : unit };
}
