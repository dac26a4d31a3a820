/** Whether a multiple of `every` lies in (before, step]. */
export function crosses(before: number, step: number, every: number): boolean {
  return Math.floor(step / every) > Math.floor(before / every);
}
