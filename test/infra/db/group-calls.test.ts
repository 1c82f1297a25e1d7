import { Pool } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { groupCalls } from '../../../infra/db/group-calls.ts';
import { makeTurnLedger } from '../../../infra/db/turn-ledger.ts';
import { NO, RECORD, YES, go, test as ledgerTest } from './turns.ts';

/** A sender that waits for `release`, and fails whatever group a bad input is in. */
function slowSender() {
  const sent: (readonly number[])[] = [];
  const held: (() => void)[] = [];
  const call = groupCalls<number, number>({
    send: async (inputs) => {
      sent.push(inputs);
      await new Promise<void>((resolve) => held.push(resolve));
      const bad = inputs.find((input) => input < 0);
      if (bad !== undefined) throw new RangeError(`${bad}`);
      return inputs.map((input) => 10 * input);
    },
    mayBeOne: (error) => error instanceof RangeError && error.message !== '-99',
  });
  const release = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      held.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { call, sent, release };
}

test('a call goes at once; those that come meanwhile go together, in their order', async () => {
  const { call, sent, release } = slowSender();

  const answers = Promise.all([call('a', 1), call('a', 2), call('b', 5), call('a', 3)]);
  await release(3);

  expect(await answers).toEqual([10, 20, 50, 30]);
  expect(sent).toEqual([[1], [5], [2, 3]]);
  const later = call('a', 4);
  await release(1);
  expect(await later).toBe(40);
});

test('at most 25 go together, and the rest after them', async () => {
  const { call, sent, release } = slowSender();

  const answers = Promise.all(Array.from({ length: 60 }, (_, i) => call('a', i)));
  await release(4);

  expect(await answers).toEqual(Array.from({ length: 60 }, (_, i) => 10 * i));
  expect(sent.map((group) => group.length)).toEqual([1, 25, 25, 9]);
});

test('one that fails does not harm those that it went with', async () => {
  const { call, sent, release } = slowSender();

  const answers = Promise.allSettled([call('a', 1), call('a', 2), call('a', -3), call('a', 4)]);
  await release(5);

  expect((await answers).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(sent).toEqual([[1], [2, -3, 4], [2], [-3], [4]]);
});

test('what is no fault of one of them fails all, once', async () => {
  const { call, sent, release } = slowSender();

  const answers = Promise.allSettled([call('a', 1), call('a', 2), call('a', -99)]);
  await release(2);

  expect((await answers).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
  ]);
  expect(sent).toHaveLength(2);
});

ledgerTest(
  'turns of a round begin and end in two transactions each',
  async ({ begin, database }) => {
    const { seats, rows } = await begin();
    const pool = new Pool({ connectionString: database.appUrl, max: 8 });
    onTestFinished(() => pool.end());
    const ledger = makeTurnLedger(pool);
    const turns = Array.from({ length: 12 }, (_, i) => ({
      ...seats[0]!,
      sequence: i + 1,
      round: 1,
      ask: { kind: 'answer' } as const,
      hears: { before: 1 },
    }));

    const contexts = (await Promise.all(turns.map((turn) => ledger.begin(turn, 0)))).map(go);
    const outcomes = await Promise.all(
      turns.map((turn, i) => ledger.succeed(turn, contexts[i]!, RECORD, i % 2 ? YES : NO)),
    );

    expect(outcomes.map((outcome) => outcome?.choice)).toEqual(
      turns.map((_, i) => (i % 2 ? 'yes' : 'no')),
    );
    expect(await rows.budget()).toMatchObject({ usedTokens: 12 * 30, reservedTokens: 0 });
    const calls = await rows.calls();
    expect(calls.map(({ sequence, state }) => [sequence, state])).toEqual(
      turns.map(({ sequence }) => [sequence, 'succeeded']),
    );
    expect(
      new Set((await rows.messages()).map(({ createdAt }) => createdAt.getTime())).size,
    ).toBeLessThanOrEqual(2);
  },
);
