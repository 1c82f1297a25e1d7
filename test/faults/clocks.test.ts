import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { ROLES } from '../support/system.ts';
import { startOwnEngine } from './own-servers.ts';
import { TIER } from './seed.ts';
import { underWay } from './slow-debate.ts';

const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const hasFaketime = existsSync(LIBRARY);
const WHY = hasFaketime ? '' : ' (skipped: install libfaketime, see docs/guides/faults.md)';
const TIMEOUT_MS = 300_000;

interface Clock {
  /** For the process whose clock it is. */
  readonly env: Readonly<Record<string, string>>;
  /** As `+2h` or `-30m`; `+0` is the right time. */
  jump(to: string): Promise<void>;
}

/** A clock that jumps for whoever runs with it; durations that the system measures for itself go on as they are. */
async function makeClock(): Promise<Clock> {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-clock-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'offset');
  const jump = (to: string): Promise<void> => writeFile(file, `${to}\n`);
  await jump('+0');
  return {
    jump,
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
}

test.runIf(TIER > 1 && hasFaketime)(
  `the clocks of all our processes jump to and fro: all is said, once${WHY}`,
  { timeout: TIMEOUT_MS },
  async () => {
    const clock = await makeClock();
    const envOf = Object.fromEntries(ROLES.map((role) => [role, clock.env]));
    const { engine, debate, judge } = await startOwnEngine({ envOf });

    for (const offset of ['+2h', '-2h', '+0']) {
      const id = await engine.start(debate.body);
      await underWay(debate);
      await clock.jump(offset);
      await judge.expectSound(id);
    }
  },
);

test.runIf(TIER > 1 && hasFaketime)(
  `PostgreSQL’s clock jumps ahead, and back: all is said, and every repeat is counted${WHY}`,
  { timeout: TIMEOUT_MS },
  async () => {
    const clock = await makeClock();
    const { engine, debate, judge } = await startOwnEngine({ postgres: { env: clock.env } });

    const ahead = await engine.start(debate.body);
    await underWay(debate);
    await clock.jump('+1h');
    await judge.expectSound(ahead);
    await clock.jump('+0');
    const back = await engine.start(debate.body);
    await judge.expectSound(back);
  },
);
