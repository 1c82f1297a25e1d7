import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client as DatabaseClient } from 'pg';
import { expect } from 'vitest';
import { SWEEP_SCHEDULE_ID } from '../../workflows/contract/names.ts';
import type { NthCounter } from '../support/nth.ts';
import type { Engine } from './engine.ts';
import { type Judged, LOOP, deathOf, forEachFault, test, titled } from './nth-scene.ts';
import { TIER } from './seed.ts';

/** Longer than the sweep leaves alone what the API may be starting. */
const GRACE_MS = 11_000;
const TRIES = 5;

/** What a start meets, and what to wait for before it is asked for again. */
interface Trial {
  readonly counter: NthCounter;
  readonly onStrike?: () => void;
  readonly isBack?: () => Promise<void>;
}

/** Starts under a key, as often as it takes. */
async function startOnce(
  engine: Engine,
  body: unknown,
  { isBack = async () => {} }: Trial,
): Promise<string> {
  const key = { 'idempotency-key': randomUUID() };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await engine.http
      .post<{ id: string }>('/v1/executions', body, key)
      .catch(() => null);
    await isBack();
    if (answer?.status === 202) return answer.body.id;
    if (answer) expect([500, 503], JSON.stringify(answer.body)).toContain(answer.status);
  }
  throw new Error(`the start was refused ${TRIES} times`);
}

/** One start for each fault; all must come out sound, those that nobody started when the sweep has done so. */
async function startsWith(
  what: string,
  trial: Trial,
  options: Judged & {
    readonly databaseUrl: string;
    readonly temporal: TestWorkflowEnvironment;
  },
): Promise<void> {
  const { engine, debate, judge, databaseUrl, temporal } = options;
  const { counter, onStrike } = trial;
  const before = await countExecutions(databaseUrl);
  const ids = new Set<string>();

  await forEachFault(what, async (fault) => {
    counter.arm({ ...fault, ...(onStrike && { onStrike }) });
    ids.add(await startOnce(engine, debate.body, trial));
    return counter.disarm();
  });

  expect(await countExecutions(databaseUrl)).toBe(before + ids.size);
  if (TIER > 1) await sleep(GRACE_MS);
  await temporal.client.schedule.getHandle(SWEEP_SCHEDULE_ID).trigger();
  for (const id of ids) await judge.expectSound(id);
}

test(
  titled('any statement of a start may be lost, or its answer: it is accepted once'),
  LOOP,
  async ({ wires, judged, temporal, database }) => {
    const scene = { ...(await judged('starts', 1)), temporal, databaseUrl: database.adminUrl };

    await startsWith('statements of a start', { counter: wires.api.postgres.statements }, scene);
  },
);

test.runIf(TIER > 1)(
  titled('any call of a start to Temporal may be lost, or its answer'),
  LOOP,
  async ({ wires, judged, temporal, database }) => {
    const scene = { ...(await judged('calls', 1)), temporal, databaseUrl: database.adminUrl };

    await startsWith('calls of a start', { counter: wires.api.temporal.calls }, scene);
  },
);

test.runIf(TIER > 1)(
  titled('the API may die at any statement of a start, before it is done and after'),
  LOOP,
  async ({ engine, wires, judged, temporal, database }) => {
    const scene = { ...(await judged('deaths', 1)), temporal, databaseUrl: database.adminUrl };
    const death = deathOf(engine, 'api');

    const trial = { counter: wires.api.postgres.statements, ...death };
    await startsWith('deaths of the API at a statement', trial, scene);
  },
);

async function countExecutions(url: string): Promise<number> {
  const client = new DatabaseClient(url);
  await client.connect();
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from conclave.execution',
  );
  await client.end();
  return rows[0]!.n;
}
