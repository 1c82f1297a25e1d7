import { setTimeout as sleep } from 'node:timers/promises';
import type { Contestant } from '../contestants.ts';
import { type Figure, ratio } from '../figures.ts';
import type { Ground } from '../ground.ts';
import { residentKb } from '../process-usage.ts';
import { interleaved } from '../rounds.ts';

const OPEN = 200;
const WARM_UP_TURNS = 30;
const SETTLE_MS = 2_000;

/** What the process that keeps the workflows grows by for each one that is open, after one turn. */
export async function measureMemory(ground: Ground, rounds: number): Promise<Figure[]> {
  const { engine, bare } = ground;
  const all = await interleaved(rounds, { engine, bare }, (contestant) =>
    growth(ground, contestant),
  );
  return [ratio(`memory of an open execution`, 'KB', all, { atMost: 1.3 })];
}

/** In a process of its own each time: memory that was freed once is used again and does not show. */
async function growth(ground: Ground, contestant: Contestant): Promise<number> {
  await ground.renew(contestant.keeper);
  await (await contestant.start(WARM_UP_TURNS)).handle.result();
  const [pid] = ground.pidsOf([contestant.keeper]);
  const before = await residentKb(pid!);
  const runs = await Promise.all(
    Array.from({ length: OPEN }, () => contestant.start(1, { stayOpen: true })),
  );
  for (const { rowTimes } of runs) while ((await rowTimes()).length === 0) await sleep(100);
  await sleep(SETTLE_MS);
  const grown = (await residentKb(pid!)) - before;
  await Promise.all(runs.map(({ handle }) => handle.signal('release')));
  await Promise.all(runs.map(({ handle }) => handle.result()));
  return grown / OPEN;
}
