/**
 * Two complete binary trees over the same leaves: each node holds the sum (resp. the minimum) of its children. Setting a leaf and finding the
 * leaf at a cumulated mass take O(log capacity). Parents are always recomputed from their children, so that rounding never drifts and the
 * tree is a function of its leaves.
 */
export class PriorityTree {
  readonly #leaves: number;
  readonly #sum: Float64Array;
  readonly #min: Float64Array;

  constructor(capacity: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(capacity, 1)));
    this.#sum = new Float64Array(2 * this.#leaves);
    this.#min = new Float64Array(2 * this.#leaves).fill(Infinity);
  }

  /** The sum of all leaves. */
  get total(): number {
    return this.#sum[1];
  }

  /** The smallest leaf that was set; infinite when none was. */
  get min(): number {
    return this.#min[1];
  }

  get(index: number): number {
    return this.#sum[this.#leaves + index];
  }

  /** @param value positive */
  set(index: number, value: number): void {
    const sum = this.#sum;
    const min = this.#min;
    let node = this.#leaves + index;
    sum[node] = value;
    min[node] = value;
    for (node >>= 1; node >= 1; node >>= 1) {
      sum[node] = sum[2 * node] + sum[2 * node + 1];
      min[node] = Math.min(min[2 * node], min[2 * node + 1]);
    }
  }

  /** The leaf i with Σ_{j<i} leaf ≤ mass < Σ_{j≤i} leaf. Rounding never leads to a leaf that was not set. */
  find(mass: number): number {
    const sum = this.#sum;
    let node = 1;
    while (node < this.#leaves) {
      node *= 2;
      if (mass >= sum[node] && sum[node + 1] > 0) mass -= sum[node++];
    }
    return node - this.#leaves;
  }
}
