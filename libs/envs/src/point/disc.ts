/** A disc: centre and radius in metres. */
export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Throws for the first disc without a positive radius or with coordinates that are not finite. */
export function checkDiscs(where: string, discs: readonly Disc[]): void {
  discs.forEach(({ x, y, radius }, i) => {
    if (!Number.isFinite(x) || !Number.isFinite(y) || !(radius > 0)) throw new Error(`${where}: disc ${i} needs finite x and y and a positive radius, got (${x}, ${y}, ${radius})`);
  });
}

/** Whether a point lies inside a disc, its rim left out. */
export function insideDisc({ x, y, radius }: Disc, px: number, py: number): boolean {
  return (px - x) ** 2 + (py - y) ** 2 < radius * radius;
}
