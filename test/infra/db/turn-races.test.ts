import { Client, Pool } from 'pg';
import { expect, onTestFinished } from 'vitest';
import { asOwner } from '../../../infra/db/session.ts';
import { makeTurnLedger } from '../../../infra/db/turn-ledger.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { NO, RECORD, YES, go, test } from './turns.ts';

const FAILURE = new ModelCallFailed('model_unavailable', 'It broke off.', {
  retryable: true,
  outcomeKnown: true,
});

/** One connection with a transaction open, in which an earlier attempt ends while the next one begins. */
async function slowTransaction(database: { readonly appUrl: string; readonly adminUrl: string }) {
  const pool = new Pool({ connectionString: database.appUrl, max: 1 });
  const admin = new Client(database.adminUrl);
  await admin.connect();
  onTestFinished(async () => {
    await pool.end();
    await admin.end();
  });
  await pool.query('begin');
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return {
    pool,
    ledger: makeTurnLedger(pool),
    commit: () => pool.query('commit'),
    /** Waits until somebody waits for this transaction. */
    isAwaited: async (): Promise<void> => {
      await expect
        .poll(() =>
          admin.query('select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [
            rows[0]!.pid,
          ]),
        )
        .toMatchObject({ rowCount: 1 });
    },
  };
}

test('an attempt that begins while the one before is being recorded finds its outcome, and calls nobody', async ({
  begin,
  ledger,
  database,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  const slow = await slowTransaction(database);

  const stored = await slow.ledger.succeed(turn, context, RECORD, YES);
  const begun = ledger.begin(turn, 0);
  await slow.isAwaited();
  await slow.commit();

  expect(await begun).toEqual({ status: 'done', outcome: stored });
  expect(await rows.flights()).toHaveLength(0);
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, reservedTokens: 0 });
});

test('an attempt that begins while a failure is being recorded is the next, not another first', async ({
  begin,
  ledger,
  database,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  const slow = await slowTransaction(database);

  await slow.ledger.fail(turn, context, RECORD, FAILURE);
  const begun = ledger.begin(turn, 0);
  await slow.isAwaited();
  await slow.commit();
  const next = go(await begun);
  await ledger.succeed(turn, next, RECORD, YES);

  expect(next).toMatchObject({ call: 0, ordinal: 1 });
  const ends = (await rows.calls()).map(({ state, ordinal }) => [state, ordinal]);
  expect(ends).toEqual([
    ['failed', 0],
    ['succeeded', 1],
  ]);
});

test('an attempt that begins while its flight is swept is a repeat of the one that died', async ({
  begin,
  ledger,
  database,
}) => {
  const { turn, rows } = await begin();
  go(await ledger.begin(turn, 0));
  const slow = await slowTransaction(database);

  await slow.pool.query('select conclave.act_for($1)', [turn.ownerId]);
  await slow.pool.query('select conclave.abandon_flights($1, 10)', [turn.executionId]);
  const begun = ledger.begin(turn, 0);
  await slow.isAwaited();
  await slow.commit();
  const next = go(await begun);

  const [dead] = await rows.calls();
  expect(next).toMatchObject({ ordinal: 1, attempt: 2 });
  expect(await rows.flights()).toMatchObject([{ ordinal: 1, repeatOfId: dead?.id }]);
});

test('an attempt whose predecessor ends between two looks at its flight looks again', async ({
  begin,
  ledger,
  database,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  const slow = await slowTransaction(database);

  await slow.pool.query('select conclave.act_for($1)', [turn.ownerId]);
  await slow.pool.query('select from conclave.call_flight where execution_id = $1 for update', [
    turn.executionId,
  ]);
  const begun = ledger.begin(turn, 0);
  await slow.isAwaited();
  const stored = await slow.ledger.succeed(turn, context, RECORD, NO);
  await slow.commit();

  expect(await begun).toEqual({ status: 'done', outcome: stored });
  expect(await rows.flights()).toHaveLength(0);
});

test('an attempt that was swept and comes back while the next one begins leaves the call to it', async ({
  begin,
  ledger,
  orm,
  database,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  await asOwner(orm.em, turn.ownerId).execute('select abandon_flights(?, 10)', [turn.executionId]);
  const slow = await slowTransaction(database);

  const next = go(await slow.ledger.begin(turn, 0));
  const late = ledger.succeed(turn, context, RECORD, NO);
  await slow.isAwaited();
  await slow.commit();

  expect(await late).toBeNull();
  expect(await ledger.succeed(turn, next, RECORD, YES)).toMatchObject({ choice: 'yes' });
  expect(await rows.flights()).toHaveLength(0);
  expect(await rows.budget()).toMatchObject({ usedTokens: 60, reservedTokens: 0 });
});

test('an attempt that begins while one that was swept brings its outcome all the same finds that', async ({
  begin,
  ledger,
  orm,
  database,
}) => {
  const { turn, rows } = await begin();
  const context = go(await ledger.begin(turn, 0));
  await asOwner(orm.em, turn.ownerId).execute('select abandon_flights(?, 10)', [turn.executionId]);
  const slow = await slowTransaction(database);

  const stored = await slow.ledger.succeed(turn, context, RECORD, YES);
  const begun = ledger.begin(turn, 0);
  await slow.isAwaited();
  await slow.commit();

  expect(stored).toMatchObject({ choice: 'yes' });
  expect(await begun).toEqual({ status: 'done', outcome: stored });
  expect(await rows.flights()).toHaveLength(0);
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, reservedTokens: 0 });
});
