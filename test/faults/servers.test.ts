import { copyFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Client as DatabaseClient } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { SWEEP_SCHEDULE_ID } from '../../workflows/contract/names.ts';
import { type SlowDebate, underWay } from './slow-debate.ts';
import { type OwnEngine, startOwnEngine } from './own-servers.ts';
import { TIER } from './seed.ts';

const TIMEOUT_MS = 300_000;
/** How long Temporal stays away. */
const AWAY_S = [5, 20, 60];
/** What is under way goes on so soon after a server's return. */
const GOES_ON_MS = 10_000;
/** Longer than the sweep leaves alone what may just be ending. */
const GRACE_MS = 11_000;

/** Milliseconds from now to the provider's next call. */
async function nextCallIn({ fake }: SlowDebate): Promise<number> {
  const before = fake.calls.length;
  const began = performance.now();
  await expect
    .poll(() => fake.calls.length, { timeout: GOES_ON_MS, interval: 10 })
    .toBeGreaterThan(before);
  return Math.round(performance.now() - began);
}

test.runIf(TIER > 1)(
  'PostgreSQL stops at once, or restarts, in the middle of a debate: nothing is lost or made twice',
  { timeout: TIMEOUT_MS },
  async () => {
    const { engine, postgres, debate, judge } = await startOwnEngine();

    for (const signal of ['SIGQUIT', 'SIGINT'] as const) {
      const id = await engine.start(debate.body);
      await underWay(debate);
      await postgres.stop(signal);
      await postgres.start();
      console.log(`PostgreSQL, ${signal}: the next turn after ${await nextCallIn(debate)} ms`);
      await judge.expectSound(id);
    }
  },
);

test.runIf(TIER > 1)(
  'Temporal is killed and comes back: what was under way goes on',
  { timeout: TIMEOUT_MS + AWAY_S.length * 90_000 },
  async () => {
    const { engine, temporal, debate, judge } = await startOwnEngine();

    for (const seconds of AWAY_S) {
      const id = await engine.start(debate.body);
      await underWay(debate);
      await temporal.stop('SIGKILL');
      await sleep(seconds * 1_000);
      await temporal.start();
      console.log(`Temporal, ${seconds} s: the next turn after ${await nextCallIn(debate)} ms`);
      await judge.expectSound(id);
    }
  },
);

test.runIf(TIER > 1)(
  'an older store of Temporal is put back: what it does not know is lost, said so, and can be tried again',
  { timeout: TIMEOUT_MS },
  async () => {
    const own = await startOwnEngine();
    const { engine, temporal, debate } = own;
    await temporal.stop();
    await copyFile(temporal.databaseFile, `${temporal.databaseFile}.older`);
    await temporal.start();
    const id = await engine.start(debate.body);
    await underWay(debate);

    await temporal.stop('SIGKILL');
    for (const suffix of ['', '-wal', '-shm'])
      await rm(temporal.databaseFile + suffix, { force: true });
    await copyFile(`${temporal.databaseFile}.older`, temporal.databaseFile);
    await temporal.start();
    await sleep(GRACE_MS);
    await sweep(temporal.address);
    const lost = await engine.untilClosed(id);
    const said = await engine.messagesOf(id);
    const retried = await engine.http.post(`/v1/executions/${id}/retry`, {});
    const completed = await engine.untilClosed(id);

    expect(lost).toMatchObject({ state: 'failed', error: { code: 'lost' } });
    expect(await eventTypes(own, id)).toContain('system.error');
    expect(retried.status).toBe(202);
    expect(completed).toMatchObject({ state: 'completed', error: null });
    const messages = await engine.messagesOf(id);
    expect(messages).toHaveLength(debate.turns);
    expect(messages.slice(0, said.length).map((message) => message.id)).toEqual(
      said.map((message) => message.id),
    );
  },
);

test.runIf(TIER > 1)(
  'PostgreSQL has few connections to give: roles wait for theirs, and all is said',
  { timeout: TIMEOUT_MS },
  async () => {
    const { engine, debate, judge } = await startOwnEngine({
      postgres: { settings: ['max_connections=24', 'superuser_reserved_connections=3'] },
    });

    const ids = await Promise.all(Array.from({ length: 6 }, () => engine.start(debate.body)));

    for (const id of ids) await judge.expectSound(id);
  },
);

async function sweep(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  await new Client({ connection }).schedule.getHandle(SWEEP_SCHEDULE_ID).trigger();
}

async function eventTypes({ database }: OwnEngine, id: string): Promise<string[]> {
  const client = new DatabaseClient(database.adminUrl);
  await client.connect();
  const { rows } = await client.query<{ type: string }>(
    'select event_type as type from conclave.event where execution_id = $1',
    [id],
  );
  await client.end();
  return rows.map(({ type }) => type);
}
