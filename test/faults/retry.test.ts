import { expect } from 'vitest';
import { answerTo } from '../support/fake-openai-answers.ts';
import type { ChatBody } from '../support/fake-openai-answers.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';
import { playProvider } from './play-provider.ts';

/** A provider that answers so, with a model for each of three debaters: `<name>-1` and on. */
async function provider(
  engine: Engine,
  name: string,
  answer: (body: ChatBody) => string | Promise<string>,
) {
  const models = [1, 2, 3].map((n) => ({ name: `${name}-${n}` }));
  const fake = await playProvider(engine, name, { answer, models });
  const debaters = models.map((model) => ({ model: { provider: name, model: model.name } }));
  return { fake, debaters };
}

const roundOf = ({ messages }: ChatBody): number =>
  Number(/This is round (\d)/.exec(JSON.stringify(messages))?.[1]);

test('a failed debate goes on from its last good turn, and pays for nothing twice', async ({
  engine,
}) => {
  let isBroken = true;
  const { fake, debaters } = await provider(engine, 'shaky', (body) =>
    isBroken && roundOf(body) === 2 ? 'mumble' : answerTo(body),
  );
  const id = await engine.start(
    debate({
      question: 'Tea or coffee?',
      options: ['tea', 'coffee'],
      config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters,
    }),
  );
  const failed = await engine.untilClosed(id);
  const first = fake.calls.length;
  isBroken = false;

  const retried = await engine.http.post(`/v1/executions/${id}/retry`, {});
  const completed = await engine.untilClosed(id);
  const again = await engine.http.post(`/v1/executions/${id}/retry`, {});

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'no_quorum' } });
  expect(retried.status).toBe(202);
  expect(completed).toMatchObject({ state: 'completed', error: null });
  expect(again.status).toBe(409);
  const anew = fake.calls.slice(first).map(({ idempotencyKey }) => idempotencyKey);
  expect(anew).toHaveLength(3);
  expect(new Set(anew)).toEqual(new Set([`${id}/4/0`, `${id}/5/0`, `${id}/6/0`]));
  const messages = await engine.messagesOf(id);
  expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('what a debate went on without stays so in a retry, and what a person said is still heard', async ({
  engine,
}) => {
  let isBroken = true;
  const started = Promise.withResolvers<string>();
  const { fake, debaters } = await provider(engine, 'silent', async (body) => {
    const [round, seat] = [roundOf(body), body.model.at(-1)];
    if (round === 1 && seat === '3') return 'mumble';
    if (round === 2 && seat === '1') {
      const text = 'The tests are red.';
      await engine.http.post(`/v1/executions/${await started.promise}/interject`, { text });
    }
    return isBroken && round === 3 && seat !== '1' ? 'mumble' : answerTo(body);
  });
  const id = await engine.start(
    debate({
      question: 'Tea or coffee?',
      options: ['tea', 'coffee'],
      config: { maxRounds: 3, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters,
    }),
  );
  started.resolve(id);
  const failed = await engine.untilClosed(id);
  const before = await engine.messagesOf(id);
  const first = fake.calls.length;
  isBroken = false;

  await engine.http.post(`/v1/executions/${id}/retry`, {});
  const completed = await engine.untilClosed(id);

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'no_quorum' } });
  expect(completed).toMatchObject({ state: 'completed', output: { rounds: 3 } });
  const anew = fake.calls.slice(first);
  expect(anew).toHaveLength(2);
  const keys = new Set(anew.map(({ idempotencyKey }) => idempotencyKey));
  expect(keys).toEqual(new Set([`${id}/9/0`, `${id}/10/0`]));
  for (const { body } of anew) expect(JSON.stringify(body)).toContain('The tests are red.');
  const after = await engine.messagesOf(id);
  expect(after.slice(0, 8)).toEqual(before.slice(0, 8));
  expect(after.map(({ type }) => type).indexOf('interjection')).toBe(6);
  expect(after.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('an execution that failed for want of money is given more, goes on, and pays for nothing twice', async ({
  engine,
}) => {
  const says = { choice: 'tea', text: 'Tea.' };
  const dear = { ...says, tokens: { input: 900, output: 500 } };
  const id = await engine.start({
    ...debate({
      question: 'Tea or coffee?',
      options: ['tea', 'coffee'],
      config: { maxRounds: 1, consensusMethod: 'unanimous' },
      debaters: [
        { script: [dear], maxTokens: 500 },
        { script: [{ ...dear, delayMs: 2_000 }], maxTokens: 500 },
        { script: [{ ...dear, delayMs: 2_000 }], maxTokens: 500 },
      ],
    }),
    budget: { tokens: 1_700 },
  });
  const failed = await engine.untilClosed(id);
  const paid = (await engine.callsOf(id)).filter(({ state }) => state === 'succeeded');

  const raised = await engine.http.post(`/v1/executions/${id}/budget`, { tokens: 20_000 });
  const retried = await engine.http.post(`/v1/executions/${id}/retry`, {});
  const completed = await engine.untilClosed(id);

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'budget_exhausted' } });
  expect(paid.length).toBeGreaterThan(0);
  expect(paid.length).toBeLessThan(3);
  expect([raised.status, retried.status]).toEqual([200, 202]);
  expect(completed).toMatchObject({ state: 'completed', output: { answer: 'tea' } });
  const calls = await engine.callsOf(id);
  expect(calls.filter(({ state }) => state === 'succeeded')).toHaveLength(3);
  expect(calls.filter(({ id: call }) => paid.some((each) => each.id === call))).toEqual(paid);
});
