import * as fc from 'fast-check';
import type { Pool } from 'pg';
import { describe, expect } from 'vitest';
import { Message } from '../../../infra/db/entities/message.ts';
import { makePool } from '../../../infra/db/pool.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { renderPrompt } from '../../../workflows/domain/prompt.ts';
import { estimateTokens, messageTokens, utf8Length } from '../../../workflows/domain/tokens.ts';
import { rehearsalModel, rehearsingAgent, turnOf } from '../../support/work.ts';
import { RECORD, YES, go, test as base } from './turns.ts';

const MARK = ' [… cut]';
const WINDOW = 2_100;
const MAX_TOKENS = 1_000;

const model = { ...rehearsalModel('small'), contextWindow: WINDOW, maxOutputTokens: MAX_TOKENS };
const agents = ['ada', 'bob', 'cleo'].map((name) => rehearsingAgent(name, { models: [model] }));
const says = (text: string) => ({ ...YES, text, output: { choice: 'yes' } });
const texts = ['own '.repeat(600), 'short', 'ß€😀 '.repeat(400)];

const test = base
  .extend('pool', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const pool = makePool(database.appUrl, 1);
    onCleanup(() => pool.end());
    return pool;
  })
  // Three seats; the first says little in round 1, and all say their texts in round 2.
  .extend('afterTwoRounds', { scope: 'file' }, async ({ begin, ledger }) => async () => {
    const begun = await begin({ agents });
    const say = async (i: number, sequence: number, round: number, text: string) => {
      const turn = turnOf(begun.seats[i]!, { sequence, round });
      await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, says(text));
    };
    await say(0, 1, 1, 'First of all.');
    for (const [i, text] of texts.entries()) await say(i, 2 + i, 2, text);
    const hears = { before: 100, rounds: { from: 1, to: 2 } };
    return { ...begun, next: turnOf(begun.seats[0]!, { sequence: 100, round: 3, hears }) };
  });

const numberOf = async (pool: Pool, sql: string, values: readonly unknown[]): Promise<number> => {
  const { rows } = await pool.query<{ result: string }>(`select ${sql} as result`, [...values]);
  return Number(rows[0]!.result);
};
const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

describe('an equal share', () => {
  const sizes = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 20 });

  test('never comes to more than there is, uses it up, and nobody gets less than an equal part', async ({
    pool,
  }) => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(20_000), async (all, room) => {
        const share = await numberOf(pool, 'conclave.equal_share($1::bigint[], $2)', [all, room]);

        const given = (each: number) => all.map((size) => Math.min(size, each));
        expect(sum(given(share))).toBeLessThanOrEqual(room);
        for (const [i, size] of all.entries())
          expect(given(share)[i]).toBeGreaterThanOrEqual(
            Math.min(size, Math.floor(room / all.length)),
          );
        const isUsedUp = sum(given(share + 1)) > room;
        expect(isUsedUp || sum(given(share)) === sum(all)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a text is cut between two characters, keeps its beginning, and fits with its mark', async ({
    pool,
  }) => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 }).map((each) => each.repeat(3));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 4, max: 300 }), async (whole, tokens) => {
        const { rows } = await pool.query<{ cut: string; tokens: string }>(
          'select conclave.cut_text($1, $2) as cut, conclave.text_tokens($1) as tokens',
          [whole, tokens],
        );
        const { cut, tokens: counted } = rows[0]!;

        expect(Number(counted)).toBe(estimateTokens(whole));
        const isWhole = estimateTokens(whole) <= tokens;
        const kept = isWhole ? cut : cut.slice(0, -MARK.length);
        expect(cut).toBe(isWhole ? whole : kept + MARK);
        expect(whole.startsWith(kept)).toBe(true);
        expect(estimateTokens(cut)).toBeLessThanOrEqual(tokens);
        // At most three bytes of a character that does not fit are given away.
        expect(utf8Length(cut)).toBeGreaterThanOrEqual(isWhole ? 0 : 3 * tokens - 3);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a round that does not fit', () => {
  test('is heard from every seat, cut to equal shares, and what is short leaves its room to the others', async ({
    afterTwoRounds,
    ledger,
  }) => {
    const { next, rows } = await afterTwoRounds();

    const context = go(await ledger.begin(next, 0));

    const [own, short, other] = context.heard;
    expect(context.heard.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    expect(own).toMatchObject({ own: true, text: expect.stringMatching(/^own own .* \[… cut\]$/) });
    expect(short?.text).toBe('short');
    expect(other?.text).toMatch(/^ß€😀 ß€😀 .* \[… cut\]$/u);
    expect(Math.abs(utf8Length(own!.text) - utf8Length(other!.text))).toBeLessThan(4);
    expect(context.omittedRounds).toBe(1);
    const prompt = renderPrompt({ ...context, ask: next.ask });
    const sent = estimateTokens(
      [prompt.system, ...prompt.messages.map(({ text }) => text)].join('\n'),
    );
    const [flight] = await rows.flights();
    expect(sent + MAX_TOKENS).toBeLessThanOrEqual(flight!.tokens);
    expect(flight!.tokens).toBeLessThanOrEqual(WINDOW);
    expect(WINDOW - flight!.tokens, 'the room is used').toBeLessThan(4);
    expect((await rows.messages()).map(({ content }) => content.text)).toEqual([
      'First of all.',
      ...texts,
    ]);
  });

  test('is the same ask when it is asked again, and another where it is cut elsewhere', async ({
    afterTwoRounds,
    ledger,
    orm,
  }) => {
    const { next, rows } = await afterTwoRounds();
    go(await ledger.begin(next, 0));
    const [first] = await rows.flights();

    const again = go(await ledger.begin(next, 0));
    const [second] = await rows.flights();
    const stored = await ledger.succeed(next, again, RECORD, YES);
    const done = await ledger.begin(next, 0);
    await asOwner(orm.em, next.ownerId).nativeUpdate(
      Message,
      { executionId: next.executionId, sequence: 3 },
      { content: { text: 'short' }, tokenEstimate: 200 },
    );
    const other = await ledger.begin(next, 0);

    expect(again.attempt).toBe(2);
    expect(second!.askHash).toEqual(first!.askHash);
    expect(done).toEqual({ status: 'done', outcome: stored });
    expect(other.status).toBe('go');
  });

  test('what people said is heard whole, whether before the round or after it', async ({
    afterTwoRounds,
    ledger,
    orm,
  }) => {
    const { next } = await afterTwoRounds();
    const said = 'Mind the date. '.repeat(20);
    const em = asOwner(orm.em, next.ownerId);
    for (const [sequence, round] of [
      [50, 2],
      [51, 3],
    ] as const)
      em.create(Message, {
        id: newId(),
        ownerId: next.ownerId,
        executionId: next.executionId,
        sequence,
        round,
        senderKind: 'user',
        senderUserId: next.ownerId,
        messageType: 'interjection',
        content: { text: said },
        tokenEstimate: messageTokens(said),
      });
    await em.flush();

    const context = go(await ledger.begin(next, 0));

    expect(context.heard.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 50, 51]);
    expect(context.heard.filter(({ kind }) => kind === 'user').map(({ text }) => text)).toEqual([
      said,
      said,
    ]);
    expect(context.heard[0]!.text).toContain(MARK);
  });

  test('is left out where not even a few words of each have room', async ({ begin, ledger }) => {
    const tight = { ...model, contextWindow: MAX_TOKENS + 500 };
    const narrow = agents.map((agent) => ({ ...agent, models: [tight] }));
    const { seats } = await begin({ agents: narrow });
    for (const [i, text] of texts.entries()) {
      const turn = turnOf(seats[i]!, { sequence: 1 + i, round: 1 });
      await ledger.succeed(turn, go(await ledger.begin(turn, 0)), RECORD, says(text));
    }

    const next = turnOf(seats[0]!, { sequence: 4, round: 2, hears: { before: 4 } });
    const context = go(await ledger.begin(next, 0));

    expect(context.heard.map(({ sequence }) => sequence)).toEqual([1]);
    expect(context.omittedRounds).toBe(1);
  });
});
