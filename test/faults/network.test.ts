import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import type { Role } from '../support/system.ts';
import { type Toxic, hasToxiproxy, startToxiproxy } from '../support/toxiproxy.ts';
import { type Wire, layWire } from '../support/wire.ts';
import { type Engine, databaseEnv, startEngine } from './engine.ts';
import { seatJudge } from './judge.ts';
import { TIER } from './seed.ts';
import { slowDebate } from './slow-debate.ts';

const TIMEOUT_MS = 300_000;
const POISONED_MS = 5_000;
const PAIRED = ['inference', 'orchestration'] as const satisfies readonly Role[];
const SERVERS = ['postgres', 'temporal'] as const;
type Pair = `${(typeof PAIRED)[number]}-${(typeof SERVERS)[number]}`;
const PAIRS = PAIRED.flatMap((role) => SERVERS.map((server): Pair => `${role}-${server}`));

const addressesOf = (
  database: string,
  temporal: string,
): Record<'postgres' | 'temporal', string> => ({
  postgres: new URL(database).host,
  temporal,
});

/** The environments of roles that reach each server over the pair's own address. */
function envOf(
  { appUrl, systemUrl }: { readonly appUrl: string; readonly systemUrl: string },
  addressOf: (pair: Pair) => string,
) {
  return Object.fromEntries(
    PAIRED.map((role) => {
      const at = (url: string): string => {
        const through = new URL(url);
        through.host = addressOf(`${role}-postgres`);
        return through.href;
      };
      const urls = databaseEnv({ appUrl: at(appUrl), systemUrl: at(systemUrl) });
      return [role, { ...urls, TEMPORAL_ADDRESS: addressOf(`${role}-temporal`) }];
    }),
  );
}

describe('the network between two processes', () => {
  const test = base
    .extend('wires', { scope: 'file' }, async ({ database, temporal }, { onCleanup }) => {
      const laid = new AsyncDisposableStack();
      onCleanup(() => laid.disposeAsync());
      const addresses = addressesOf(database.adminUrl, temporal.address);
      const wires = new Map<Pair, Wire>();
      for (const pair of PAIRS) {
        const server = pair.endsWith('postgres') ? 'postgres' : 'temporal';
        const [host = '', port] = addresses[server].split(':');
        const wire = await layWire({ host, port: Number(port) });
        laid.defer(() => wire.close());
        wires.set(pair, wire);
      }
      return wires;
    })
    .extend(
      'engine',
      { scope: 'file' },
      async ({ database, temporal, wires }, { onCleanup }): Promise<Engine> => {
        const at = (pair: Pair): string => `127.0.0.1:${wires.get(pair)!.port}`;
        const env = envOf(database, at);
        const started = await startEngine({ database, temporal, envOf: env });
        onCleanup(() => started.stop());
        return started.engine;
      },
    );

  test(
    'swallows all that connections carry, breaks them, or is slow: all is said, once',
    { timeout: TIMEOUT_MS },
    async ({ engine, wires, database }) => {
      const debate = await slowDebate(engine, 'network', { seats: 3, rounds: 3 });
      const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });
      const ill: readonly ((wire: Wire) => void)[] = [
        (wire) => wire.freeze(),
        (wire) => wire.delay(100),
        (wire) => {
          wire.cut();
          setTimeout(() => wire.mend(), 1_000);
        },
      ];

      for (const wire of wires.values())
        for (const treat of ill) {
          const before = debate.fake.calls.length;
          const id = await engine.start(debate.body);
          await expect
            .poll(() => debate.fake.calls.length, { timeout: 30_000 })
            .toBeGreaterThan(before + 2);
          treat(wire);
          await judge.expectSound(id);
          wire.mend();
        }
    },
  );
});

const TOXICS: readonly Toxic[] = [
  { type: 'latency', stream: 'downstream', attributes: { latency: 200, jitter: 100 } },
  { type: 'bandwidth', stream: 'upstream', attributes: { rate: 5 } },
  { type: 'reset_peer', stream: 'downstream', attributes: { timeout: 100 } },
  { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
  { type: 'slicer', stream: 'downstream', attributes: { average_size: 16, delay: 100 } },
];

const why = hasToxiproxy ? '' : ' (skipped: install Toxiproxy, see docs/guides/faults.md)';

describe.runIf(TIER > 1)('Toxiproxy between two processes', () => {
  base.runIf(hasToxiproxy)(
    `poisons every pair with everything: all is said, once${why}`,
    { timeout: 20 * 60_000 },
    async ({ database, temporal, onTestFinished }) => {
      const proxies = await startToxiproxy();
      onTestFinished(() => proxies.close());
      const upstream = addressesOf(database.adminUrl, temporal.address);
      const addresses = new Map<Pair, string>();
      for (const pair of PAIRS) {
        const server = pair.endsWith('postgres') ? 'postgres' : 'temporal';
        addresses.set(pair, await proxies.proxy(pair, upstream[server]));
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
});
