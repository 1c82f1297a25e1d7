import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import { openPostgresTap, type PostgresTap } from '../support/postgres-tap.ts';
import { layWire, type Wire } from '../support/wire.ts';
import { type Engine, startEngine } from './engine.ts';
import { slowDebate } from './slow-debate.ts';

/** Longer than every connection's own patience for a single attempt. */
const AWAY_MS = 8_000;
const GOES_ON_MS = 10_000;

const test = base
  .extend(
    'postgres',
    { scope: 'file' },
    async ({ database }, { onCleanup }): Promise<PostgresTap> => {
      const tap = await openPostgresTap(database.adminUrl);
      onCleanup(() => tap.close());
      return tap;
    },
  )
  .extend('server', { scope: 'file' }, async ({ temporal }, { onCleanup }): Promise<Wire> => {
    const [host = '', port] = temporal.address.split(':');
    const wire = await layWire({ host, port: Number(port) });
    onCleanup(() => wire.close());
    return wire;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, postgres, server }, { onCleanup }): Promise<Engine> => {
      const started = await startEngine({
        database: {
          ...database,
          appUrl: postgres.tapped(database.appUrl),
          systemUrl: postgres.tapped(database.systemUrl),
        },
        temporal: { address: `127.0.0.1:${server.port}`, namespace: temporal.namespace },
      });
      onCleanup(() => started.stop());
      return started.engine;
    },
  );

/** Rounds of about a second each. */
const SLOW = { tokenMs: 12, seats: 3 };

/** Work that was under way goes on soon after the server's return: the next call is made. */
async function goesOn({ calls }: FakeOpenAi): Promise<void> {
  const before = calls.length;
  await expect.poll(() => calls.length, { timeout: GOES_ON_MS }).toBeGreaterThan(before);
}

describe('while a server is away', () => {
  test('PostgreSQL: the API says so, and what was paid for is kept and not asked for again', async ({
    engine,
    postgres,
  }) => {
    const { fake, body } = await slowDebate(engine, 'no-database', SLOW);
    const id = await engine.start(body);
    await expect.poll(() => fake.calls.length, { timeout: 15_000 }).toBeGreaterThan(3);

    postgres.cut();
    const refused = await engine.http.get<{ code: string }>(`/v1/executions/${id}`);
    await sleep(AWAY_MS);
    postgres.mend();
    await goesOn(fake);
    const closed = await engine.untilClosed(id);

    expect(refused.status).toBe(503);
    expect(refused.body.code).toBe('database_unavailable');
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(closed.error).toBeNull();
    expect(closed.usage).toMatchObject({ calls: 12, failedCalls: 0 });
    // A flight whose row was written but not confirmed is counted as a repeat; the provider knows of none.
    expect(fake.calls).toHaveLength(12);
  });

  test('Temporal: what was accepted is kept and started later, what was under way goes on', async ({
    engine,
    server,
  }) => {
    const { fake, body } = await slowDebate(engine, 'no-temporal', SLOW);
    const underWay = await engine.start(body);
    await expect.poll(() => fake.calls.length, { timeout: 15_000 }).toBeGreaterThan(3);

    server.cut();
    const accepted = await engine.start(body);
    await sleep(AWAY_MS);
    server.mend();
    await goesOn(fake);
    const ends = await Promise.all([engine.untilClosed(underWay), engine.untilClosed(accepted)]);

    for (const closed of ends) {
      expect(closed.error).toBeNull();
      expect(closed.usage.calls).toBe(12);
    }
    const keys = new Set(fake.calls.map(({ idempotencyKey }) => idempotencyKey));
    expect(keys.size).toBe(24);
  });
});
