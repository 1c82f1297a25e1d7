import { Pool } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { makeTurnLedger } from '../../../infra/db/turn-ledger.ts';
import type { TurnRequest } from '../../../workflows/contract/turns.ts';
import { RECORD, YES, go, test } from './turns.ts';

const TURNS = 240;
const HEARD = 5;

/** Each hears the five rounds before, of one turn each. */
const turnAt = (turn: TurnRequest, n: number): TurnRequest => ({
  ...turn,
  sequence: n,
  round: n,
  ask: { kind: 'answer' },
  hears: { before: n, rounds: { from: n - HEARD, to: n - 1 } },
});

test('a turn reads as many rows late as early, on plans that were made when the tables were empty', async ({
  begin,
  database,
}) => {
  const { turn } = await begin();
  // One connection: what was planned for the first turn is what the last one is done with.
  const pool = new Pool({ connectionString: database.appUrl, max: 1 });
  onTestFinished(() => pool.end());
  const ledger = makeTurnLedger(pool);
  const reads: number[] = [];

  for (let n = 1; n <= TURNS; n++) {
    await pool.query('begin');
    const before = await rowsRead(pool);
    const now = turnAt(turn, n);
    await ledger.succeed(now, go(await ledger.begin(now, 0)), RECORD, YES);
    reads.push((await rowsRead(pool)) - before);
    await pool.query('commit');
  }

  const [early, late] = [Math.max(...reads.slice(10, 30)), Math.max(...reads.slice(-20))];
  expect(early).toBeGreaterThan(HEARD); // it counts
  expect(late).toBeLessThanOrEqual(early);
});

/** Rows of messages and calls read so far; only differences within a transaction mean anything. */
async function rowsRead(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as n from pg_stat_xact_user_tables
     where schemaname = 'conclave' and relname in ('message', 'llm_call')`,
  );
  return rows[0]!.n;
}
