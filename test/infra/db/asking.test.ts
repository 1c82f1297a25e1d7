import { expect } from 'vitest';
import { HumanInteraction } from '../../../infra/db/entities/human-interaction.ts';
import { type Answer, answerInteraction } from '../../../infra/interactions/answer.ts';
import { makeInteractionStore } from '../../../infra/interactions/interaction-store.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { asOwner, asPrincipal } from '../../../infra/db/session.ts';
import type { TurnRequest } from '../../../workflows/contract/turns.ts';
import { ModelCallFailed } from '../../../workflows/contract/errors.ts';
import { rehearsingAgent } from '../../support/work.ts';
import { RECORD, YES, go, test as base } from './turns.ts';

const WHEN = { question: 'When?' };
const WHICH = { question: 'Which?', options: ['this', 'that'] };
const agent = rehearsingAgent('ada', {
  tools: [{ name: 'ask_person', policy: 'allow' }],
  maxToolCalls: 3,
  rehearsal: { seed: 0, latencyMs: 0, script: [] },
});

/** `test` with a seat that may ask, and people who answer. */
const test = base.extend('asker', { scope: 'file' }, async ({ begin, orm, ledger }) => {
  return async () => {
    const { turn, rows } = await begin({ agents: [agent] });
    const people = makeInteractionStore(orm);
    const em = () => asOwner(orm.em, turn.ownerId);
    const callId = async (asked: TurnRequest = turn): Promise<string> => {
      const begun = await ledger.begin(asked, 0);
      if (begun.status !== 'asks') throw new Error(`expected a question, got ${begun.status}`);
      return begun.callId;
    };
    const open = async () => {
      const { ownerId, executionId } = turn;
      return people.ask({ ownerId, executionId, callId: await callId() });
    };
    return {
      turn,
      rows,
      people,
      callId,
      open,
      questions: () => em().find(HumanInteraction, { executionId: turn.executionId }),
      state: async () => (await em().findOneOrFail(Execution, { id: turn.executionId })).state,
      ask: async (question: typeof WHEN, asked = turn) => {
        const context = go(await ledger.begin(asked, 0));
        return { context, isStored: await ledger.ask(asked, context, RECORD, question) };
      },
      /** The owner answers the question that is open. */
      answer: async (said: Pick<Answer, 'decision' | 'value'>) => {
        const { executionId, ownerId } = turn;
        const person = asPrincipal(orm.em, { userId: ownerId, roles: ['member'] });
        const pending = { executionId, state: 'pending' } as const;
        const { id: interactionId, contentHash } = await em().findOneOrFail(
          HumanInteraction,
          pending,
        );
        const shown = { interactionId, contentHash: Buffer.from(contentHash), comment: null };
        await person.transactional((tx) => answerInteraction(tx, { ...shown, ...said }));
      },
    };
  };
});

test('a question is a call without a message: it is paid for, found again, and no model is called meanwhile', async ({
  asker,
}) => {
  const { ask, callId, rows } = await asker();

  const { isStored } = await ask(WHEN);

  expect(isStored).toBe(true);
  const [call, ...more] = await rows.calls();
  expect(more).toEqual([]);
  expect(call).toMatchObject({ call: 0, state: 'succeeded', messageId: null, errorCode: null });
  expect(await callId()).toBe(call!.id);
  expect(await callId()).toBe(call!.id);
  expect(await rows.messages()).toEqual([]);
  expect(await rows.flights()).toEqual([]);
  expect(await rows.budget()).toMatchObject({ usedTokens: 30, reservedTokens: 0 });
});

test('a commit whose answer was lost counts once, a late attempt pays and asks nothing', async ({
  asker,
  ledger,
}) => {
  const { ask, turn, rows, callId } = await asker();
  const late = go(await ledger.begin(turn, 0));
  const { context } = await ask(WHEN);

  expect(await ledger.ask(turn, context, RECORD, WHEN)).toBe(true);
  expect(await ledger.ask(turn, late, RECORD, WHICH)).toBe(true);

  const calls = await rows.calls();
  expect(calls.map(({ state, ordinal }) => `${ordinal} ${state}`)).toEqual([
    '0 abandoned',
    '1 succeeded',
  ]);
  expect(await callId()).toBe(calls[1]!.id);
  expect(await rows.budget()).toMatchObject({ usedTokens: 60, reservedTokens: 0 });
});

test('while another attempt is at work a late one has asked nothing', async ({ asker, ledger }) => {
  const { turn } = await asker();
  const late = go(await ledger.begin(turn, 0));
  go(await ledger.begin(turn, 0));

  expect(await ledger.ask(turn, late, RECORD, WHEN)).toBe(false);
});

test('the answers go into the next calls of the same turn, in their order', async ({
  asker,
  ledger,
}) => {
  const { ask, open, answer, turn, state, questions } = await asker();

  await ask(WHEN);
  expect(await open()).toMatchObject({ state: 'waiting', dueMs: null });
  expect(await open()).toMatchObject({ state: 'waiting' });
  expect(await state()).toBe('paused');
  await answer({ decision: 'answer', value: { text: 'On Friday.' } });
  expect(await ledger.begin(turn, 0)).toMatchObject({ status: 'go', call: 1 });
  const { context } = await ask(WHICH);
  expect(context).toMatchObject({ call: 1, attempt: 2, callsBefore: 1 });
  await open();
  await answer({ decision: 'choose', value: 'that' });
  await ask(WHEN);
  await open();
  await answer({ decision: 'reject', value: null });

  const last = go(await ledger.begin(turn, 0));
  expect(last).toMatchObject({
    call: 3,
    callsBefore: 3,
    asked: [
      { question: 'When?', options: null, answer: 'On Friday.' },
      { question: 'Which?', options: ['this', 'that'], answer: 'that' },
      { question: 'When?', options: null, answer: null },
    ],
  });
  const stored = await ledger.succeed(turn, last, RECORD, YES);
  expect(stored).toMatchObject({ choice: 'yes', tokens: 120 });
  expect((await questions()).map(({ kind, prompt }) => `${kind} ${prompt}`).toSorted()).toEqual([
    'choice Which?',
    'input When?',
    'input When?',
  ]);
});

test('what people see is complete, and names the owner alone', async ({ asker }) => {
  const { ask, open, callId, questions, turn } = await asker();
  await ask(WHICH);

  await open();

  const [question] = await questions();
  expect(question).toMatchObject({
    gate: 'tool:ask_person',
    agentExecutionId: turn.agentExecutionId,
    assignees: [`user:${turn.ownerId}`],
    options: ['this', 'that'],
    content: {
      question: 'Which?',
      options: ['this', 'that'],
      agent: { slot: turn.slot, agent: 'ada', role: 'critic' },
      round: 1,
      sequence: 1,
      callId: await callId(),
      input: { question: expect.any(String) },
    },
  });
});

test('an answer that is of no use is repaired once after each question', async ({
  asker,
  ledger,
}) => {
  const { ask, open, answer, turn } = await asker();
  const invalid = new ModelCallFailed('invalid_output', 'no form', { retryable: false });
  const fail = async () =>
    ledger.fail(turn, go(await ledger.begin(turn, 0)), RECORD, invalid, 'bad');

  await fail();
  const { context } = await ask(WHEN);
  await open();
  await answer({ decision: 'answer', value: { text: 'Now.' } });
  await fail();
  const repair = go(await ledger.begin(turn, 0));
  await ledger.fail(turn, repair, RECORD, invalid, 'bad');

  expect(context).toMatchObject({ call: 1, invalidAnswer: 'bad' });
  expect(repair).toMatchObject({ call: 3, invalidAnswer: 'bad', asked: [{ answer: 'Now.' }] });
  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'invalid_output' });
});

test('who asked too often has failed, whatever other models there are', async ({
  asker,
  ledger,
}) => {
  const { turn } = await asker();
  const loop = new ModelCallFailed('loop_detected', 'too often', { retryable: false });
  await ledger.fail(turn, go(await ledger.begin(turn, 0)), RECORD, loop);

  expect(await ledger.begin(turn, 0)).toEqual({ status: 'exhausted', code: 'loop_detected' });
});

test('another ask at the same place asks anew', async ({ asker, ledger }) => {
  const { ask, open, answer, turn, rows } = await asker();
  await ask(WHEN);
  await open();
  await answer({ decision: 'answer', value: { text: 'Now.' } });
  const other = { ...turn, ask: { kind: 'answer' } as const };

  const begun = go(await ledger.begin(other, 0));

  expect(begun).toMatchObject({ call: 0, ordinal: 1, asked: [] });
  expect((await rows.calls())[0]!.supersededAt).not.toBeNull();
});

test('a question that is withdrawn lets its execution go on, and stays withdrawn', async ({
  asker,
}) => {
  const { ask, open, people, questions, state, turn } = await asker();
  await ask(WHEN);
  await open();
  const [question] = await questions();
  const { ownerId, executionId } = turn;
  const key = { ownerId, executionId, interactionId: question!.id };

  await people.withdraw(key);
  await people.withdraw(key);

  expect(await questions()).toMatchObject([{ state: 'cancelled' }]);
  expect(await state()).toBe('running');
  expect(await open()).toEqual({ state: 'cancelled' });
});
