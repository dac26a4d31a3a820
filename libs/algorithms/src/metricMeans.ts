/** Averages named numbers until they are read. */
export class MetricMeans {
  readonly #sums = new Map<string, { sum: number; count: number }>();

  add(name: string, values: ArrayLike<number>): void {
    const entry = this.#sums.get(name) ?? { sum: 0, count: 0 };
    for (let i = 0; i < values.length; i++) entry.sum += values[i];
    entry.count += values.length;
    this.#sums.set(name, entry);
  }

  /**
   * Means since the last call, each over the updates that had it.
   * @throws when one is not a finite number: the run has diverged, and nothing that it does from here on is of use.
   */
  read(updates: number): { [name: string]: number } {
    const means = Object.fromEntries([...this.#sums].map(([name, { sum, count }]) => [name, sum / count]));
    this.#sums.clear();
    const lost = Object.entries(means).find(([, value]) => !Number.isFinite(value));
    if (lost !== undefined) throw new Error(`the training diverged: the metric '${lost[0]}' is ${lost[1]} after ${updates} updates; lower the learning rate, or scale the rewards`);
    return means;
  }
}
