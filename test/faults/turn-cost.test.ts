import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { test as base } from '../support/fixtures.ts';
import { openPostgresTap, type PostgresTap } from '../support/postgres-tap.ts';
import { debate } from './debates.ts';
import { type Engine, databaseEnv, startEngine } from './engine.ts';

/** Of the feed's connection nothing counts: it says nothing that a turn waits for. */
const isOfTurns = (applicationName: string): boolean => applicationName !== 'conclave-live-feed';

const test = base
  .extend('tap', { scope: 'file' }, async ({ database }, { onCleanup }): Promise<PostgresTap> => {
    const tap = await openPostgresTap(database.adminUrl);
    onCleanup(() => tap.close());
    return tap;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, temporal, tap }, { onCleanup }): Promise<Engine> => {
      const [appUrl, systemUrl] = [tap.tapped(database.appUrl), tap.tapped(database.systemUrl)];
      const envOf = { inference: databaseEnv({ appUrl, systemUrl }) };
      const started = await startEngine({ database, temporal, envOf });
      onCleanup(() => started.stop());
      return started.engine;
    },
  );

interface Measured {
  readonly engine: Engine;
  readonly tap: PostgresTap;
  readonly temporal: Client;
}

/** Two debaters who never agree, so that every round is held. */
const quarrel = (rounds: number, text = 'Because.'): Record<string, unknown> =>
  debate({
    question: 'Tabs or spaces?',
    options: ['tabs', 'spaces'],
    config: { maxRounds: rounds, consensusMethod: 'unanimous', allowEarlyTermination: false },
    debaters: ['tabs', 'spaces'].map((choice) => ({
      maxTokens: 50_000,
      script: [{ choice, text, confidence: 0.5, reasoning: 'Habit.' }],
    })),
  });

/** Holds a debate to its end and says what it left behind. */
async function cost({ engine, tap, temporal }: Measured, body: unknown) {
  const before = tap.trafficOf(isOfTurns);
  const id = await engine.start(body);
  const { state } = await engine.untilClosed(id);
  expect(state).toBe('completed');
  const after = tap.trafficOf(isOfTurns);

  const handle = temporal.workflow.getHandle(`execution/${id}`);
  const { historySize = 0, historyLength } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const texts = (await engine.messagesOf(id)).map(({ content }) => content.text);
  return {
    turns: texts.length,
    texts,
    events: historyLength,
    workflowTasks: events?.filter((event) => event.workflowTaskStartedEventAttributes).length ?? 0,
    historyBytes: historySize,
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
  const [few, many] = ['x'.repeat(600), 'word '.repeat(12_000)];

  const small = await cost(measured, quarrel(2, few));
  const large = await cost(measured, quarrel(2, many));

  expect(small.texts).toEqual(Array(4).fill(few));
  expect(large.texts).toEqual(Array(4).fill(many));
  expect(large.historyBytes / small.historyBytes).toBeGreaterThan(0.95);
  expect(large.historyBytes / small.historyBytes).toBeLessThan(1.05);
});
