import { type Figure, median } from '../figures.ts';
import type { Ground } from '../ground.ts';

const TURNS = 1_000;
const PART = 50;
/** A thousand turns take their time, and are compared with themselves. */
const MOST_ROUNDS = 3;

/** A long story: do its last turns take longer than its first? */
export async function measureFlatness(ground: Ground, rounds: number): Promise<Figure[]> {
  const ends: { readonly first: number; readonly last: number }[] = [];
  for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
    const { handle, rowTimes } = await ground.engine.start(TURNS);
    await handle.result();
    const times = await rowTimes();
    const gaps = times.slice(1).map((at, i) => at - times[i]!);
    ends.push({ first: mean(gaps.slice(0, PART)), last: mean(gaps.slice(-PART)) });
  }
  return [
    {
      what: `last ${PART} of ${TURNS} turns through the first ${PART} (in place of bare)`,
      unit: 'ms',
      engine: median(ends.map(({ last }) => last)),
      bare: median(ends.map(({ first }) => first)),
      value: median(ends.map(({ first, last }) => last / first)),
      target: { atMost: 1.1 },
    },
  ];
}

const mean = (some: readonly number[]): number =>
  some.reduce((sum, gap) => sum + gap, 0) / some.length;
