/** How the turns of a story lie. */
export interface Shape {
  /** How many at once, wave after wave. */
  readonly waves: readonly number[];
  /** Child workflows, one after the other, each with an equal part of the waves. */
  readonly children: number;
  /** The numbers of the first turn and of the first wave. */
  readonly first: number;
  readonly firstWave: number;
}

/** Where a turn lies: its wave, its place in it, and the number of the wave's first turn. */
interface Place {
  readonly wave: number;
  readonly place: number;
  readonly before: number;
}

/** Has turns taken in their waves, in child workflows where there are children. */
export async function inWaves(
  { waves, children, first, firstWave }: Shape,
  take: (sequence: number, at: Place) => Promise<unknown>,
  inChild: (own: Shape) => Promise<unknown>,
): Promise<void> {
  let before = first;
  if (children > 0) {
    const share = waves.length / children;
    for (let i = 0; i < children; i++) {
      const own = waves.slice(i * share, (i + 1) * share);
      await inChild({ waves: own, children: 0, first: before, firstWave: firstWave + i * share });
      before += own.reduce((sum, width) => sum + width, 0);
    }
    return;
  }
  for (const [i, width] of waves.entries()) {
    const at = { wave: firstWave + i, before };
    await Promise.all(
      Array.from({ length: width }, (_, place) => take(at.before + place, { ...at, place })),
    );
    before += width;
  }
}
