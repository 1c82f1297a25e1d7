import type { Contestant } from '../contestants.ts';
import { type Figure, ratio } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { cpuMs } from '../process-usage.ts';
import { interleaved } from '../rounds.ts';

interface Sequence {
  readonly gapMs: number;
  readonly cpuMs: number;
}

/** One story alone: the time from row to row, and the workers' processor time for each. */
export async function measureSequential(
  ground: Ground,
  rounds: number,
  turns: number,
): Promise<Figure[]> {
  const { engine, bare, bareOneProcess } = ground;
  const all = await interleaved(rounds, { engine, bare, eager: bareOneProcess }, (contestant) =>
    oneStory(ground, contestant, turns),
  );
  const of = (key: keyof Sequence, other: 'bare' | 'eager') =>
    all.map((round) => ({ engine: round.engine[key], bare: round[other][key] }));
  return [
    ratio(`row to row, ${turns} turns`, 'ms', of('gapMs', 'bare'), { atMost: 1.3 }),
    ratio(`row to row, ${turns} turns, bare in one process`, 'ms', of('gapMs', 'eager'), null),
    ratio(`CPU of the workers per turn, ${turns} turns`, 'ms', of('cpuMs', 'bare'), {
      atMost: 1.3,
    }),
  ];
}

async function oneStory(ground: Ground, contestant: Contestant, turns: number): Promise<Sequence> {
  const pids = ground.pidsOf(contestant.roles);
  const before = await cpuMs(pids);
  const { handle, rowTimes } = await contestant.start(turns);
  await handle.result();
  const used = (await cpuMs(pids)) - before;
  const times = await rowTimes();
  return { gapMs: (times.at(-1)! - times[0]!) / (times.length - 1), cpuMs: used / turns };
}
