import { expect } from 'vitest';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import { answerTo, type ChatBody } from '../support/fake-openai-answers.ts';
import type { ExecutionBody, InteractionBody, MessageBody, Page } from './bodies.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';
import { playProvider } from './play-provider.ts';

/** Answers from what was asked alone, and always with a position. */
function opinion(body: ChatBody): string {
  const answer = JSON.parse(answerTo(body)) as Record<string, unknown>;
  const format = body.response_format?.json_schema;
  if (format?.name !== 'group') return JSON.stringify({ ...answer, abstain: false });
  const labels = format.schema.properties?.['groups']?.items?.items?.enum ?? [];
  return JSON.stringify({ groups: [labels.slice(0, 2), ...labels.slice(2).map((one) => [one])] });
}

const provider = (engine: Engine, name: string): Promise<FakeOpenAi> =>
  playProvider(engine, name, {
    answer: opinion,
    models: [{ name: 'small', contextWindow: 64_000 }],
  });

const speaker = (name: string) => ({ model: { provider: name, model: 'small' } });
const four = (name: string) =>
  debate({
    question: 'Rewrite it?',
    options: ['yes', 'no', 'later'],
    config: { maxRounds: 4, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: [speaker(name), speaker(name), speaker(name)],
  });

async function fork(engine: Engine, id: string, body: object): Promise<string> {
  const answer = await engine.http.post<{ id: string }>(`/v1/executions/${id}/fork`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

/** A message without what names its execution. */
const said = ({ id: _id, sender, ...message }: MessageBody) => {
  const {
    executionId: _executionId,
    createdAt: _createdAt,
    ...rest
  } = message as typeof message & {
    executionId: string;
    createdAt: string;
  };
  return { ...rest, slot: sender.slot, name: sender.name };
};
const transcript = async (engine: Engine, id: string) => (await engine.messagesOf(id)).map(said);
/** Says the same in each round, after a while. */
const slow = (choice: string) => ({ latencyMs: 300, script: [{ choice, text: `${choice}!` }] });
const keysOf = (fake: FakeOpenAi, id: string): Set<string | null> =>
  new Set(
    fake.calls.map(({ idempotencyKey }) => idempotencyKey).filter((key) => key?.startsWith(id)),
  );
const keysFrom = (id: string, from: number, to: number): Set<string> =>
  new Set(Array.from({ length: to - from + 1 }, (_, i) => `${id}/${from + i}/0`));
/** What came of it, in words: ids of executions are not part of it. */
const outcome = ({ state, output }: ExecutionBody) => ({ state, output });

test('fork at every message of a finished 3 × 4 debate, edited: the prefix is free and the same, the rest hears the edit', async ({
  engine,
}) => {
  const fake = await provider(engine, 'forked');
  const origin = await engine.start(four('forked'));
  await engine.untilClosed(origin);
  const before = await transcript(engine, origin);
  expect(before).toHaveLength(12);

  for (let at = 1; at <= 12; at++) {
    const text = `I have changed my mind at ${at}.`;
    const id = await fork(engine, origin, {
      fromMessage: at,
      edit: { content: { text, data: { choice: 'later' } } },
    });
    const closed = await engine.untilClosed(id);
    const after = await transcript(engine, id);

    expect(closed.state).toBe('completed');
    expect(after).toHaveLength(12);
    expect(after.slice(0, at - 1)).toEqual(before.slice(0, at - 1));
    expect(after[at - 1]).toMatchObject({
      ...before[at - 1],
      edited: true,
      content: { text, data: { choice: 'later' } },
    });
    // Its neighbours in the round do not hear it; whoever speaks in a later round does.
    const round = Math.ceil(at / 3);
    expect(after.slice(at, round * 3)).toEqual(before.slice(at, round * 3));
    for (const message of after.slice(round * 3))
      expect(message.content.text).not.toBe(before[message.sequence - 1]!.content.text);
    expect(keysOf(fake, id)).toEqual(keysFrom(id, at + 1, 12));
    expect(closed.usage).toMatchObject({ calls: 12 - at, attempts: 12 - at, repeatedCalls: 0 });
    const later = fake.calls.filter(
      ({ idempotencyKey }) =>
        idempotencyKey?.startsWith(id) && Number(idempotencyKey.split('/')[1]) > round * 3,
    );
    for (const { body } of later) {
      expect(JSON.stringify(body.messages)).toContain(text);
      expect(JSON.stringify(body.messages)).not.toContain(before[at - 1]!.content.text);
    }
  }

  expect(await transcript(engine, origin)).toEqual(before);
});

test('a free-text debate with a judge, forked at every message and changed nowhere, ends as it did', async ({
  engine,
}) => {
  const fake = await provider(engine, 'judged');
  const origin = await engine.start(
    debate({
      question: 'What do we call it?',
      config: { maxRounds: 2, consensusMethod: 'unanimous', allowEarlyTermination: false },
      debaters: [speaker('judged'), speaker('judged'), speaker('judged')],
      mediator: speaker('judged'),
    }),
  );
  const first = await engine.untilClosed(origin);
  const before = await transcript(engine, origin);
  // Three positions and a grouping in each of the rounds; then the mediator decides.
  expect(before).toHaveLength(9);

  for (let at = 1; at <= 9; at++) {
    const id = await fork(engine, origin, { fromMessage: at });
    const closed = await engine.untilClosed(id);

    expect(outcome(closed)).toEqual(outcome(first));
    expect(await transcript(engine, id)).toEqual(before);
    expect(keysOf(fake, id)).toEqual(keysFrom(id, at + 1, 9));
  }
});

test('a fork of a fork keeps what both kept, and goes further with more rounds', async ({
  engine,
}) => {
  const fake = await provider(engine, 'twice');
  const origin = await engine.start(four('twice'));
  await engine.untilClosed(origin);
  const edited = await fork(engine, origin, {
    fromMessage: 4,
    edit: { content: { text: 'On second thoughts.' } },
  });
  await engine.untilClosed(edited);
  const between = await transcript(engine, edited);

  const id = await fork(engine, edited, { fromMessage: 12, config: { maxRounds: 5 } });
  const closed = await engine.untilClosed(id);

  const after = await transcript(engine, id);
  // Kept turns were told of four rounds; nobody is asked again because there are five now.
  expect(after.slice(0, 12)).toEqual(between);
  expect(after).toHaveLength(15);
  expect(keysOf(fake, id)).toEqual(keysFrom(id, 13, 15));
  expect(closed).toMatchObject({
    output: { rounds: 5 },
    forkedFrom: { executionId: edited, sequence: 12 },
  });
  const { body } = await engine.http.get(`/v1/executions/${origin}`);
  expect(body).toMatchObject({ forks: [edited], forkedFrom: null });
});

test('fewer rounds end a fork sooner; a configuration that leads elsewhere leaves behind what does not fit', async ({
  engine,
}) => {
  const fake = await provider(engine, 'elsewhere');
  const origin = await engine.start(four('elsewhere'));
  await engine.untilClosed(origin);
  const before = await transcript(engine, origin);

  const shorter = await fork(engine, origin, { fromMessage: 5, config: { maxRounds: 2 } });
  const early = await fork(engine, origin, {
    fromMessage: 9,
    config: { allowEarlyTermination: true, convergenceThreshold: 0, consensusMethod: 'weighted' },
  });
  const [short, ended] = [await engine.untilClosed(shorter), await engine.untilClosed(early)];

  expect(short).toMatchObject({ state: 'completed', output: { rounds: 2 } });
  expect((await transcript(engine, shorter)).slice(0, 5)).toEqual(before.slice(0, 5));
  expect(keysOf(fake, shorter)).toEqual(new Set([`${shorter}/6/0`]));
  const rounds = ended.output!.rounds;
  expect(await transcript(engine, early)).toEqual(before.slice(0, rounds * 3));
});

test("a rehearsal's script goes on where the kept turns stopped", async ({ engine }) => {
  const origin = await engine.start(
    debate({
      question: 'Ship?',
      options: ['yes', 'no'],
      config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: [
        {
          script: [{ error: 'rate_limited' }, { choice: 'yes' }, { choice: 'no', text: 'Third.' }],
        },
        {
          script: [
            { choice: 'yes', text: 'First.' },
            { choice: 'no', text: 'Second.' },
          ],
        },
      ],
    }),
  );
  await engine.untilClosed(origin);
  const before = await transcript(engine, origin);

  const id = await fork(engine, origin, { fromMessage: 2 });
  const closed = await engine.untilClosed(id);
  const again = await fork(engine, id, { fromMessage: 3 });
  await engine.untilClosed(again);

  expect(await transcript(engine, id)).toEqual(before);
  expect(await transcript(engine, again)).toEqual(before);
  expect(before[0]).toMatchObject({ rehearsal: true });
  expect(closed.usage).toMatchObject({ calls: 2, failedCalls: 0 });
});

test('a running debate is forked as far as it is, and goes on beside its fork', async ({
  engine,
}) => {
  const origin = await engine.start(
    debate({
      question: 'Ship?',
      options: ['yes', 'no'],
      config: { maxRounds: 3, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: [slow('yes'), slow('no'), slow('no')],
    }),
  );
  await expect
    .poll(async () => (await engine.messagesOf(origin)).length, { timeout: 20_000 })
    .toBeGreaterThanOrEqual(3);

  const id = await fork(engine, origin, { fromMessage: 3 });
  const [first, second] = [await engine.untilClosed(origin), await engine.untilClosed(id)];

  expect(await transcript(engine, id)).toEqual(await transcript(engine, origin));
  expect(outcome(second)).toEqual(outcome(first));
  expect([first.usage.calls, second.usage.calls]).toEqual([9, 6]);
});

test('a gate of a fork asks anew, and its answer takes the place of the one before', async ({
  engine,
}) => {
  const answerGate = async (id: string, text: string): Promise<void> => {
    const pending = async () =>
      (
        await engine.http.get<Page<InteractionBody>>('/v1/interactions?state=pending')
      ).body.items.find(({ executionId }) => executionId === id);
    await expect.poll(pending, { timeout: 20_000 }).toBeDefined();
    const { id: question, contentHash } = (await pending())!;
    const { status } = await engine.http.post(`/v1/interactions/${question}/responses`, {
      decision: 'answer',
      text,
      contentHash,
    });
    expect(status).toBe(200);
  };
  const origin = await engine.start({
    ...debate({
      question: 'Ship?',
      options: ['yes', 'no'],
      config: { maxRounds: 1, consensusMethod: 'majority' },
      debaters: [slow('yes'), slow('yes')],
    }),
    gates: [{ before: 'start', kind: 'input' }],
  });
  await answerGate(origin, 'Mind the date.');
  await engine.untilClosed(origin);

  const id = await fork(engine, origin, { fromMessage: 2 });
  await answerGate(id, 'Mind the budget.');
  const closed = await engine.untilClosed(id);

  const [before, after] = [await transcript(engine, origin), await transcript(engine, id)];
  expect(before.map(({ type }) => type)).toEqual(['interjection', 'response', 'response']);
  expect(after[0]).toMatchObject({ sequence: 1, content: { text: 'Mind the budget.' } });
  expect(after[1]).toEqual(before[1]);
  expect(closed).toMatchObject({ state: 'completed', usage: { calls: 1 } });
});
