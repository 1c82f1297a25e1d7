import { expect } from 'vitest';
import { startFakeOpenAi } from '../support/fake-openai.ts';
import { answerTo } from '../support/fake-openai-answers.ts';
import { debate } from './debates.ts';
import { test } from './engine.ts';

test('a failed debate goes on from its last good turn, and pays for nothing twice', async ({
  engine,
  onTestFinished,
}) => {
  let isBroken = true;
  const fake = await startFakeOpenAi({
    answer: (body) =>
      isBroken && /This is round 2/.test(JSON.stringify(body.messages)) ? 'mumble' : answerTo(body),
  });
  onTestFinished(() => fake[Symbol.asyncDispose]());
  await engine.http.post('/v1/providers', {
    name: 'shaky',
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'none',
    models: [{ name: 'small', inputUsdPerMtok: '1', outputUsdPerMtok: '2' }],
  });
  const speaker = { model: { provider: 'shaky', model: 'small' } };
  const id = await engine.start(
    debate({
      question: 'Tea or coffee?',
      options: ['tea', 'coffee'],
      config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: [speaker, speaker, speaker],
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
