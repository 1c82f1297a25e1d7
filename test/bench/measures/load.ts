import type { Contestant } from '../contestants.ts';
import { type Figure, ratio } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { cpuMs } from '../process-usage.ts';
import { interleaved } from '../rounds.ts';

const IN_FLIGHT = 50;
const TURNS = 20;

/** Fifty stories at once: turns a second from the first row to the last, and the processor time of each. */
export async function measureLoad(ground: Ground, rounds: number): Promise<Figure[]> {
  const { engine, bare } = ground;
  const all = await interleaved(rounds, { engine, bare }, (contestant) =>
    fifty(ground, contestant),
  );
  const of = (key: 'rate' | 'cpu') =>
    all.map((round) => ({ engine: round.engine[key], bare: round.bare[key] }));
  return [
    ratio(`turns a second, ${IN_FLIGHT} in flight`, '/s', of('rate'), { atLeast: 0.8 }),
    ratio(`CPU of the workers per turn, ${IN_FLIGHT} in flight`, 'ms', of('cpu'), { atMost: 1.3 }),
  ];
}

async function fifty(ground: Ground, contestant: Contestant) {
  const pids = ground.pidsOf(contestant.roles);
  const before = await cpuMs(pids);
  const runs = await Promise.all(Array.from({ length: IN_FLIGHT }, () => contestant.start(TURNS)));
  await Promise.all(runs.map(({ handle }) => handle.result()));
  const used = (await cpuMs(pids)) - before;
  const times = (await Promise.all(runs.map(({ rowTimes }) => rowTimes()))).flat();
  const tookMs = Math.max(...times) - Math.min(...times);
  return { rate: (1_000 * times.length) / tookMs, cpu: used / times.length };
}
