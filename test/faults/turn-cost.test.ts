import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import { openPostgresTap, type PostgresTap } from '../support/postgres-tap.ts';
import { type Engine, databaseEnv, startEngine } from './engine.ts';
import { quarrel, saying, startQuarrelsome } from './quarrel.ts';

/** Of the feed's connection nothing counts: it says nothing that a turn waits for. */
const isOfTurns = (applicationName: string): boolean => applicationName !== 'conclave-live-feed';

const test = base
  .extend('tap', { scope: 'file' }, async ({ database }, { onCleanup }): Promise<PostgresTap> => {
    const tap = await openPostgresTap(database.adminUrl);
    onCleanup(() => tap.close());
    return tap;
  })
  .extend('provider', { scope: 'file' }, async ({ temporal }, { onCleanup }) => {
    const provider = await startQuarrelsome(temporal.client);
    onCleanup(() => provider[Symbol.asyncDispose]());
    return provider;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, tap, provider }, { onCleanup }): Promise<Engine> => {
      const [appUrl, systemUrl] = [tap.tapped(database.appUrl), tap.tapped(database.systemUrl)];
      const env = { OPENROUTER_API_KEY: 'sk-or-1', OPENROUTER_BASE_URL: provider.url };
      const envOf = { inference: databaseEnv({ appUrl, systemUrl }) };
      const started = await startEngine({ database, temporal, env, envOf });
      onCleanup(() => started.stop());
      return started.engine;
    },
  );

type HistoryEvent = NonNullable<
  Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']
>[number];

interface Measured {
  readonly engine: Engine;
  readonly tap: PostgresTap;
  readonly temporal: Client;
}

/**
 * The events after the first round. It is held while the rows are prepared, and whether the two come back together is
 * chance; from there on one thing comes strictly after the other.
 */
function afterFirstRound(events: readonly HistoryEvent[]): HistoryEvent[] {
  const turns = events
    .filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'takeTurn',
    )
    .map(({ eventId }) => String(eventId));
  const second = events.findIndex(
    ({ activityTaskCompletedEventAttributes: completed }) =>
      completed && String(completed.scheduledEventId) === turns[1],
  );
  expect(second).toBeGreaterThan(0);
  return events.slice(second + 1);
}

/** Holds a debate to its end and says what it left behind. */
async function cost({ engine, tap, temporal }: Measured, body: unknown) {
  const before = tap.trafficOf(isOfTurns);
  const id = await engine.start(body);
  const { state } = await engine.untilClosed(id);
  expect(state).toBe('completed');
  const after = tap.trafficOf(isOfTurns);

  const handle = temporal.workflow.getHandle(`execution/${id}`);
  const { historySize = 0 } = await handle.describe();
  const later = afterFirstRound((await handle.fetchHistory()).events ?? []);
  const texts = (await engine.messagesOf(id)).map(({ content }) => content.text);
  return {
    turns: texts.length,
    texts,
    events: later.length,
    workflowTasks: later.filter((event) => event.workflowTaskStartedEventAttributes).length,
    /** Of the whole history; how many tasks its beginning takes differs by a few hundred. */
    historyBytes: historySize,
    /** Of what comes after the first round, as JSON. */
    laterBytes: historyToJSON({ events: later }).length,
    roundTrips: after.roundTrips - before.roundTrips,
    transactions: after.transactions - before.transactions,
  };
}

test('a turn costs at most 6 events, 1 workflow task, 4 KiB of history and 2 transactions of 1 round trip', async ({
  engine,
  tap,
  temporal,
}) => {
  const measured = { engine, tap, temporal: temporal.client };
  await cost(measured, quarrel(1)); // connections are open, caches are warm

  const short = await cost(measured, quarrel(2));
  const long = await cost(measured, quarrel(8));

  const turns = long.turns - short.turns;
  expect(turns).toBe(12);
  const perTurn = (what: 'events' | 'workflowTasks' | 'historyBytes'): number =>
    (long[what] - short[what]) / turns;
  for (const what of ['events', 'workflowTasks', 'historyBytes'] as const)
    expect(perTurn(what), `${what} are counted`).toBeGreaterThan(0);
  expect(perTurn('events')).toBeLessThanOrEqual(6);
  expect(perTurn('workflowTasks')).toBeLessThanOrEqual(1);
  expect(perTurn('historyBytes')).toBeLessThanOrEqual(4_096);
  expect(long.transactions).toBe(2 * long.turns);
  expect(long.roundTrips).toBe(2 * long.turns);
});

test('what is said leaves no trace in history: 60 KB weigh there what 600 bytes weigh', async ({
  engine,
  tap,
  temporal,
}) => {
  const measured = { engine, tap, temporal: temporal.client };
  const [few, many] = [120, 12_000];

  const small = await cost(measured, quarrel(2, few));
  const large = await cost(measured, quarrel(2, many));

  expect(small.texts).toEqual(Array(4).fill(saying(few)));
  expect(large.texts).toEqual(Array(4).fill(saying(many)));
  expect(large.laterBytes / small.laterBytes).toBeGreaterThan(0.95);
  expect(large.laterBytes / small.laterBytes).toBeLessThan(1.05);
});
