import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '../support/fixtures.ts';
import { type Toxic, hasToxiproxy, startToxiproxy } from '../support/toxiproxy.ts';
import { startEngine } from './engine.ts';
import { seatJudge } from './judge.ts';
import { type Pair, PAIRS, addressesOf, envOf, serverOf } from './pairs.ts';
import { TIER } from './seed.ts';
import { slowDebate } from './slow-debate.ts';

const POISONED_MS = 5_000;
const TOXICS: readonly Toxic[] = [
  { type: 'latency', stream: 'downstream', attributes: { latency: 200, jitter: 100 } },
  { type: 'bandwidth', stream: 'upstream', attributes: { rate: 5 } },
  { type: 'reset_peer', stream: 'downstream', attributes: { timeout: 100 } },
  { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
  { type: 'slicer', stream: 'downstream', attributes: { average_size: 16, delay: 100 } },
];

const why = hasToxiproxy ? '' : ' (skipped: install Toxiproxy, see docs/guides/faults.md)';

test.runIf(TIER > 1 && hasToxiproxy)(
  `Toxiproxy poisons every pair of role and server with everything: all is said, once${why}`,
  { timeout: 20 * 60_000 },
  async ({ database, temporal, onTestFinished }) => {
    const proxies = await startToxiproxy();
    onTestFinished(() => proxies.close());
    const upstream = addressesOf(database.adminUrl, temporal.address);
    const addresses = new Map<Pair, string>();
    for (const pair of PAIRS) {
      addresses.set(pair, await proxies.proxy(pair, upstream[serverOf(pair)]));
    }
    const env = envOf(database, (pair) => addresses.get(pair)!);
    const { engine, stop } = await startEngine({ database, temporal, envOf: env });
    onTestFinished(stop);
    const debate = await slowDebate(engine, 'toxic', { seats: 3, rounds: 3 });
    const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });

    for (const pair of PAIRS)
      for (const toxic of TOXICS) {
        const id = await engine.start(debate.body);
        const heal = await proxies.poison(pair, toxic);
        await sleep(POISONED_MS);
        await heal();
        await judge.expectSound(id).catch((cause: unknown) => {
          throw new Error(`${toxic.type} between ${pair}`, { cause });
        });
      }
  },
);
