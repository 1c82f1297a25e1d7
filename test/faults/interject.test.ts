import { expect } from 'vitest';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';
import { playProvider } from './play-provider.ts';

/** Time enough for a person to speak in the first round. */
const FIRST_TURN_MS = 4_000;

const line = (choice: string) => ({ choice, text: `${choice}, I say.` });
const slow = (choice: string) => ({
  script: [
    { ...line(choice), delayMs: FIRST_TURN_MS },
    ...Array.from({ length: 9 }, () => line(choice)),
  ],
});
const body = (maxRounds: number) =>
  debate({
    question: 'Ship?',
    options: ['yes', 'no'],
    config: { maxRounds, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: [slow('yes'), slow('no'), slow('no')],
  });

interface Interjected {
  readonly interjections: readonly { readonly state: string; readonly sequence: number | null }[];
}
const interjectionsOf = async (engine: Engine, id: string) =>
  (await engine.http.get<Interjected>(`/v1/executions/${id}`)).body.interjections;
const say = (engine: Engine, id: string, said: object) =>
  engine.http.post<{ state: string }>(`/v1/executions/${id}/interject`, said);
const inRoundOne = async (engine: Engine, id: string): Promise<void> => {
  await expect
    .poll(
      async () => (await engine.http.get<{ state: string }>(`/v1/executions/${id}`)).body.state,
      { timeout: 20_000, interval: 100 },
    )
    .toBe('running');
};

test('what a person says stands before the next round, and is heard by those it is meant for', async ({
  engine,
}) => {
  const fake = await playProvider(engine, 'listener');
  const listener = { model: { provider: 'listener', model: 'small' } };
  const id = await engine.start(
    debate({
      question: 'Ship?',
      options: ['yes', 'no'],
      config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: [slow('yes'), listener, listener],
    }),
  );
  const watched = Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`));
  await inRoundOne(engine, id);

  const [toAll, toOne] = [
    await say(engine, id, { text: 'The tests are red.' }),
    await say(engine, id, { text: 'Between us: ship it.', to: ['debater_3'] }),
  ];
  await engine.untilClosed(id);
  const late = await say(engine, id, { text: 'Too late.' });

  expect([toAll.status, toOne.status, late.status]).toEqual([202, 202, 409]);
  const messages = await engine.messagesOf(id);
  expect(messages.map(({ sequence, type, round }) => [sequence, type, round])).toEqual([
    [1, 'response', 1],
    [2, 'response', 1],
    [3, 'response', 1],
    [4, 'interjection', 2],
    [5, 'interjection', 2],
    [6, 'response', 2],
    [7, 'response', 2],
    [8, 'response', 2],
  ]);
  const prompts = new Map(
    fake.calls.map(({ idempotencyKey, body: asked }) => [
      idempotencyKey,
      JSON.stringify(asked.messages),
    ]),
  );
  expect(prompts.get(`${id}/2/0`)).not.toContain('The tests are red.');
  expect(prompts.get(`${id}/7/0`)).toContain('A person:');
  expect(prompts.get(`${id}/7/0`)).toContain('The tests are red.');
  expect(prompts.get(`${id}/7/0`)).not.toContain('Between us');
  expect(prompts.get(`${id}/8/0`)).toContain('Between us: ship it.');
  const told = (await watched).filter(({ event }) => event === 'message');
  expect(told.map(({ data }) => data['sequence'])).toEqual(
    expect.arrayContaining([1, 2, 3, 4, 5, 6, 7, 8]),
  );
  expect(told).toHaveLength(8);
  const { body: markdown } = await engine.http.get<string>(`/v1/executions/${id}/transcript`);
  expect(markdown).toContain('(a person, to debater_3)');
  expect(await interjectionsOf(engine, id)).toMatchObject([
    { state: 'heard', sequence: 4 },
    { state: 'heard', sequence: 5 },
  ]);
});

test('what is said in the last round is heard by nobody, and is shown so', async ({ engine }) => {
  const id = await engine.start(body(1));
  await inRoundOne(engine, id);

  const { body: said } = await say(engine, id, { text: 'Wait!' });
  await engine.untilClosed(id);

  expect(said.state).toBe('waiting');
  expect(await engine.messagesOf(id)).toHaveLength(3);
  expect(await interjectionsOf(engine, id)).toMatchObject([{ state: 'expired', sequence: null }]);
  const { body: markdown } = await engine.http.get<string>(`/v1/executions/${id}/transcript`);
  expect(markdown).toContain('nobody heard it');
});

test('a fork keeps what people said in its place, and hears what they say to it after what it kept', async ({
  engine,
}) => {
  const origin = await engine.start(body(3));
  await inRoundOne(engine, origin);
  await say(engine, origin, { text: 'Mind the date.', to: ['debater_2'] });
  await engine.untilClosed(origin);

  const { body: fork } = await engine.http.post<{ id: string }>(`/v1/executions/${origin}/fork`, {
    fromMessage: 5,
  });
  await say(engine, fork.id, { text: 'And the budget.' });
  await engine.untilClosed(fork.id);

  const [first, second] = [await engine.messagesOf(origin), await engine.messagesOf(fork.id)];
  expect(first.map(({ type }) => type).indexOf('interjection')).toBe(3);
  expect(second.slice(0, 5).map(({ content }) => content)).toEqual(
    first.slice(0, 5).map(({ content }) => content),
  );
  expect(second.map(({ sequence, type }) => [sequence, type]).slice(3)).toEqual([
    [4, 'interjection'],
    [5, 'response'],
    [6, 'response'],
    [7, 'response'],
    [8, 'interjection'],
    [9, 'response'],
    [10, 'response'],
    [11, 'response'],
  ]);
});

const seat = (slot: string, config: object) => ({ slot, agent: { name: slot, config } });
const called = (name: string) => ({
  models: [{ provider: 'bar', model: 'small' }],
  systemPrompt: `You are ${name}.`,
});

test('a synthesizer of children hears it too, and so it does after a retry', async ({ engine }) => {
  let isBroken = true;
  const merged = {
    text: 'All of it.',
    reasoning: 'Why not?',
    confidence: 1,
    answer: 'all',
    cites: ['tea'],
  };
  const fake = await playProvider(engine, 'bar', {
    answer: ({ messages }) => {
      const asked = JSON.stringify(messages);
      if (asked.includes('You are merger')) return isBroken ? ' ' : JSON.stringify(merged);
      return isBroken && asked.includes('You are water') ? ' ' : 'A drink.';
    },
  });
  const says = (name: string, agent: object) => ({
    name,
    topology: {
      type: 'pipeline',
      config: { stages: ['say'], retryFailedStages: false },
      members: [seat('say', agent)],
    },
  });
  const slowly = { rehearsal: { seed: 1, script: [{ text: 'Tea.', delayMs: FIRST_TURN_MS }] } };
  const id = await engine.start({
    inline: {
      type: 'compound',
      config: {
        compositionType: 'parallel',
        aggregationMethod: 'synthesis',
        children: [
          says('tea', slowly),
          says('coffee', called('coffee')),
          says('water', called('water')),
        ],
      },
      members: [seat('synthesizer', called('merger'))],
    },
    input: { task: 'What is there to drink?' },
  });
  await inRoundOne(engine, id);
  await say(engine, id, { text: 'Nothing with sugar.' });
  const failed = await engine.untilClosed(id);

  isBroken = false;
  await engine.http.post(`/v1/executions/${id}/retry`, {});
  const closed = await engine.untilClosed(id);
  const messages = await engine.messagesOf(id);

  expect(failed).toMatchObject({ state: 'failed', error: { code: 'invalid_output' } });
  expect(closed).toMatchObject({ state: 'completed', output: { answer: 'all' } });
  expect(messages.map(({ sequence, content }) => [sequence, content.text])).toEqual([
    [1, 'Tea.'],
    [2, 'A drink.'],
    [3, 'A drink.'],
    [4, 'Nothing with sugar.'],
    [5, 'All of it.'],
  ]);
  expect(await interjectionsOf(engine, id)).toMatchObject([{ state: 'heard', sequence: 4 }]);
  expect(JSON.stringify(fake.calls.at(-1))).toMatch(/coffee.*water.*Nothing with sugar/s);
});
