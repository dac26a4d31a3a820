import { ndarray, typedArray } from '@rivulet/engine';
import { checkCount, checkMask, fieldData, snapshotArray } from './column.js';
import { copyBlock } from './copy.js';
import type { WriterFactory } from './writer.js';

const WHERE = 'nStepWriter';

/**
 * Folds n consecutive steps of each environment copy into one row:
 *
 * reward = Σ_{j<k} γʲ r_{t+j},  discount = γᵏ (1 − terminated_{t+k−1}),  nextObservation = the one of step t+k−1,
 *
 * where k = n, or less when the episode ends before: at a termination nothing is bootstrapped (discount 0), at a truncation the true
 * final observation is, with γᵏ. When an episode ends, the shorter tails are stored too, so that every step starts exactly one row.
 * The target is then `reward + discount · V(nextObservation)` in all cases. With n = 1 it only derives `discount`.
 *
 * Input rows: row i comes from copy i, with scalar `reward`, `terminated` and `truncated`, and `nextObservation` being the observation that
 * the action led to, also at the end of an episode (see {@link trueNextObservation}). Mark whatever you cut short as truncated.
 * Stored fields: `reward`, `discount`, `nextObservation`, `terminated`, `truncated` and those named in `last` from the last step of the
 * window, all others (`observation`, `action`, ...) from the first.
 *
 * Source: Sutton & Barto (2018), eq. 7.1; Hessel et al. (2018), Rainbow, "Multi-step learning".
 *
 * @param options.n steps, at least 1
 * @param options.discount γ in [0, 1]
 * @throws (on use) when the number of rows is not the buffer's `envs`, or when a field is missing.
 */
export function nStepWriter(options: { readonly n: number; readonly discount: number; readonly last?: readonly string[] }): WriterFactory {
  const n = checkCount(WHERE, 'n', options.n);
  const gamma = options.discount;
  if (!(gamma >= 0 && gamma <= 1)) throw new Error(`${WHERE}: discount must lie in [0, 1], got ${gamma}`);
  const powers = Float64Array.from({ length: n + 1 }, (_, k) => gamma ** k);
  const derived = new Set(['reward', 'discount']);
  const ofLast = new Set(['nextObservation', 'terminated', 'truncated', ...(options.last ?? [])]);

  return ({ columns, claim }, envs) => {
    const first = columns.filter(({ name }) => !derived.has(name) && !ofLast.has(name));
    const last = columns.filter(({ name }) => ofLast.has(name));
    const rewardColumn = columns.find(({ name }) => name === 'reward');
    const discountColumn = columns.find(({ name }) => name === 'discount');
    if (rewardColumn?.rowSize !== 1) throw new Error(`${WHERE}: the spec needs a scalar field 'reward'`);
    if (discountColumn?.rowSize !== 1) throw new Error(`${WHERE}: the spec needs a scalar field 'discount'`);
    if (discountColumn.dtype === 'int32' || discountColumn.dtype === 'uint8') throw new Error(`${WHERE}: 'discount' must be a float field, got ${discountColumn.dtype}`);

    // Steps that wait for their window to fill: a ring of n for each copy.
    const waiting = first.map(({ dtype, rowSize }) => typedArray(dtype, envs * n * rowSize));
    const rewards = new Float64Array(envs * n);
    const head = new Int32Array(envs);
    const count = new Int32Array(envs);

    /** Stores the oldest waiting step of a copy, with the given end of its window, and forgets it. */
    const emit = (env: number, batch: Parameters<ReturnType<WriterFactory>['write']>[0], terminated: boolean): void => {
      const slot = claim();
      const oldest = env * n + head[env];
      for (let c = 0; c < first.length; c++) {
        const { rowSize, data } = first[c];
        copyBlock(waiting[c], oldest * rowSize, data, slot * rowSize, rowSize);
      }
      for (const { name, rowSize, data } of last) copyBlock(batch[name].data, env * rowSize, data, slot * rowSize, rowSize);
      let sum = 0;
      for (let j = 0; j < count[env]; j++) sum += powers[j] * rewards[env * n + ((head[env] + j) % n)];
      rewardColumn.data[slot] = sum;
      discountColumn.data[slot] = terminated ? 0 : powers[count[env]];
      head[env] = (head[env] + 1) % n;
      count[env]--;
    };

    return {
      write(batch, rows, mask) {
        if (rows !== envs) throw new Error(`${WHERE}: a batch needs one row for each of the ${envs} environment copies, got ${rows} (pass envs to replayBuffer)`);
        checkMask(WHERE, mask, rows);
        for (const { name, dtype, rowSize } of first) fieldData(WHERE, batch, name, dtype, rowSize, rows);
        for (const { name, dtype, rowSize } of last) fieldData(WHERE, batch, name, dtype, rowSize, rows);
        const reward = fieldData(WHERE, batch, 'reward', undefined, 1, rows);
        const terminated = fieldData(WHERE, batch, 'terminated', undefined, 1, rows);
        const truncated = fieldData(WHERE, batch, 'truncated', undefined, 1, rows);
        for (let env = 0; env < rows; env++) {
          if (mask !== undefined && mask[env] === 0) continue;
          const at = env * n + ((head[env] + count[env]) % n);
          for (let c = 0; c < first.length; c++) {
            const { name, rowSize } = first[c];
            copyBlock(batch[name].data, env * rowSize, waiting[c], at * rowSize, rowSize);
          }
          rewards[at] = reward[env];
          count[env]++;
          const ends = terminated[env] !== 0 || truncated[env] !== 0;
          if (ends) while (count[env] > 0) emit(env, batch, terminated[env] !== 0);
          else if (count[env] === n) emit(env, batch, false);
        }
      },
      snapshot: () => ({
        arrays: {
          ...Object.fromEntries(first.map(({ name, dtype, shape }, c) => [`waiting/${name}`, ndarray(dtype, [envs, n, ...shape], waiting[c].slice() as never)])),
          rewards: ndarray('float64', [envs, n], rewards.slice()),
          head: ndarray('int32', [envs], head.slice()),
          count: ndarray('int32', [envs], count.slice()),
        },
        data: { n, discount: gamma },
      }),
      restore(snapshot) {
        if (snapshot.data.n !== n || snapshot.data.discount !== gamma) {
          throw new Error(`${WHERE}: the snapshot was made with n ${String(snapshot.data.n)} and discount ${String(snapshot.data.discount)}, this writer has ${n} and ${gamma}`);
        }
        const arrays = first.map(({ name, dtype }, c) => snapshotArray(WHERE, snapshot, `waiting/${name}`, dtype, waiting[c].length));
        const others = [snapshotArray(WHERE, snapshot, 'rewards', 'float64', envs * n), snapshotArray(WHERE, snapshot, 'head', 'int32', envs), snapshotArray(WHERE, snapshot, 'count', 'int32', envs)];
        arrays.forEach((array, c) => waiting[c].set(array));
        [rewards, head, count].forEach((target, i) => target.set(others[i]));
      },
    };
  };
}
