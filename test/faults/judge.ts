import { Client } from 'pg';
import { expect } from 'vitest';
import { EXECUTION_TRANSITIONS, changeState } from '../../workflows/domain/transitions.ts';
import type { ExecutionState } from '../../workflows/domain/enums.ts';
import type { ExecutionBody } from './bodies.ts';
import type { Engine } from './engine.ts';
import type { SlowDebate } from './slow-debate.ts';

/** Says whether a disturbed debate came out as an undisturbed one, from what the provider saw and what the API and the tables say. */
export interface Judge {
  /** Waits until the execution has ended, and checks all that must hold then. */
  expectSound(id: string): Promise<ExecutionBody>;
}

/** Relays may be dead at the moment, and have a backlog. */
const NUMBERED_MS = 20_000;

interface Bench {
  readonly engine: Engine;
  readonly debate: SlowDebate;
  /** Of a superuser. */
  readonly databaseUrl: string;
}

/** Holds one debate without a fault, against which the others are judged. */
export async function seatJudge(bench: Bench): Promise<Judge> {
  const { engine, debate } = bench;
  const undisturbed = await engine.start(debate.body);
  expect((await engine.untilClosed(undisturbed)).state).toBe('completed');
  const expected = await transcript(engine, undisturbed);
  expect(expected).toHaveLength(debate.turns);
  return {
    async expectSound(id) {
      const closed = await engine.untilClosed(id);
      expect(closed.error).toBeNull();
      expect(closed.state).toBe('completed');
      expect(closed.usage.calls).toBe(debate.turns);
      expect(await transcript(engine, id)).toEqual(expected);
      await expectEachRepeatCounted(engine, debate, id);
      await withDatabase(bench.databaseUrl, async (client) => {
        await expectSettledExactly(client, id);
        await expectLegalHistory(client, id);
        await expectDenseEvents(client, id);
      });
      return closed;
    },
  };
}

/** All that was said, in order, without what differs from run to run. */
async function transcript(engine: Engine, id: string) {
  const messages = await engine.messagesOf(id);
  return messages
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(({ sequence, round, type, sender, content }) => ({
      sequence,
      round,
      type,
      slot: sender.slot,
      content,
    }));
}

/** Holds the provider's own log against the ledger: every call more than one is a counted repeat, none came after the outcome. */
async function expectEachRepeatCounted(
  engine: Engine,
  { fake, turns }: SlowDebate,
  id: string,
): Promise<void> {
  const ledger = await engine.callsOf(id);
  const log = fake.calls.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(id));
  expect(log.length).toBeGreaterThanOrEqual(turns);
  for (const [key, calls] of Map.groupBy(log, ({ idempotencyKey }) => idempotencyKey)) {
    const rows = ledger.filter((row) => row.key === key);
    const outcome = rows.filter(({ state }) => state === 'succeeded');
    expect(outcome, `outcomes of ${key}`).toHaveLength(1);
    const repeats = rows.filter(({ repeatOf }) => repeatOf !== null).length;
    expect(repeats, `repeats of ${key}`).toBeGreaterThanOrEqual(calls.length - 1);
    const committedAt = Date.parse(outcome[0]!.completedAt!);
    for (const { at } of calls) expect(Date.parse(at)).toBeLessThanOrEqual(committedAt);
  }
}

/** The budget has used what the ledger says, and holds nothing back. */
async function expectSettledExactly(client: Client, id: string): Promise<void> {
  const { rows } = await client.query(
    `select used_tokens + overrun_tokens = l.tokens as tokens, used_usd + overrun_usd = l.usd as usd,
            reserved_tokens::int as "reservedTokens", reserved_usd::float as "reservedUsd", is_closed as "isClosed",
            (select count(*)::int from conclave.call_flight where execution_id = $1) as flights
     from conclave.budget, (
       select coalesce(sum(input_tokens + output_tokens), 0) as tokens, coalesce(sum(cost_usd), 0) as usd
       from conclave.llm_call where execution_id = $1) l
     where scope = 'execution' and scope_id = $1`,
    [id],
  );
  expect(rows).toEqual([
    { tokens: true, usd: true, reservedTokens: 0, reservedUsd: 0, isClosed: true, flights: 0 },
  ]);
}

interface Step {
  readonly ordinal: number;
  readonly from: ExecutionState | null;
  readonly to: ExecutionState;
}

async function expectLegalHistory(client: Client, id: string): Promise<void> {
  const { rows } = await client.query<Step>(
    `select ordinal, previous_state as from, new_state as to from conclave.execution_state_history
     where execution_id = $1 and agent_execution_id is null order by ordinal`,
    [id],
  );
  let before: ExecutionState | null = null;
  for (const [i, { ordinal, from, to }] of rows.entries()) {
    expect(ordinal).toBe(i);
    expect(from).toBe(before);
    if (from !== null) expect(changeState(EXECUTION_TRANSITIONS, from, to)).toBe('changed');
    before = to;
  }
  expect(before).toBe('completed');
}

/** Every event is numbered, within the execution and over all, without a gap. */
async function expectDenseEvents(client: Client, id: string): Promise<void> {
  const read = async (sql: string, values: readonly unknown[] = []): Promise<boolean> =>
    (await client.query<{ ok: boolean }>(sql, [...values])).rows[0]!.ok;
  await expect
    .poll(
      () =>
        read(
          `select count(*) > 0 and count(sequence) = count(*) and min(sequence) = 1
             and max(sequence) = count(*) and count(distinct sequence) = count(*) as ok
           from conclave.event where execution_id = $1`,
          [id],
        ),
      { timeout: NUMBERED_MS, message: 'the events of the execution are dense' },
    )
    .toBe(true);
  expect(
    await read(
      `select max(position) = count(position) and count(distinct position) = count(position) as ok
       from conclave.event`,
    ),
    'the positions of all events are dense',
  ).toBe(true);
}

async function withDatabase(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
