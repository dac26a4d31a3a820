const REMEMBERED = 64;

/** Environment steps per second over the last 64 chunks. */
export class StepRate {
  #marks: { seconds: number; step: number }[] = [];

  push(seconds: number, step: number): void {
    this.#marks.push({ seconds, step });
    if (this.#marks.length > REMEMBERED) this.#marks.shift();
  }

  /** NaN before the second chunk. */
  get perSecond(): number {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (first === undefined || last === undefined || first === last) return NaN;
    return (last.step - first.step) / (last.seconds - first.seconds);
  }
}
