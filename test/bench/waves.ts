/** How the turns of a story lie. */
export interface Shape {
  /** How many at once, wave after wave. */
  readonly waves: readonly number[];
  /** Those of child workflows, which take place one after the other; with children it has no waves of its own. */
  readonly children: readonly (readonly number[])[];
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
  let wave = firstWave;
  for (const own of children) {
    await inChild({ waves: own, children: [], first: before, firstWave: wave });
    before += turnsIn(own);
    wave += own.length;
  }
  for (const [i, width] of waves.entries()) {
    const at = { wave: firstWave + i, before };
    await Promise.all(
      Array.from({ length: width }, (_, place) => take(at.before + place, { ...at, place })),
    );
    before += width;
  }
}

/** How many turns there are in these waves. */
export const turnsIn = (waves: readonly number[]): number =>
  waves.reduce((sum, width) => sum + width, 0);
