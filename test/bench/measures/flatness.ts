import type { Contestant } from '../contestants.ts';
import { type Figure, median } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { interleaved } from '../rounds.ts';

const TURNS = 1_000;
const PART = 50;

/** A long story: do its last turns take longer than its first? The bare workflow shows what the machine did meanwhile. */
export async function measureFlatness({ engine, bare }: Ground, rounds: number): Promise<Figure[]> {
  const all = await interleaved(rounds, { engine, bare }, growthOf);
  const grown = median(all.map((round) => round.engine));
  return [
    {
      what: `last ${PART} of ${TURNS} turns through the first ${PART}`,
      unit: '×',
      engine: grown,
      bare: median(all.map((round) => round.bare)),
      value: grown,
      target: { atMost: 1.1 },
    },
  ];
}

async function growthOf(contestant: Contestant): Promise<number> {
  const { handle, rowTimes } = await contestant.start(TURNS);
  await handle.result();
  const times = await rowTimes();
  const gaps = times.slice(1).map((at, i) => at - times[i]!);
  return mean(gaps.slice(-PART)) / mean(gaps.slice(0, PART));
}

const mean = (some: readonly number[]): number =>
  some.reduce((sum, gap) => sum + gap, 0) / some.length;
