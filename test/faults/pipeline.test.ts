import { expect } from 'vitest';
import { type Engine, test } from './engine.ts';
import { playProvider } from './play-provider.ts';

const says = (text: string) => ({ text });
const refuses = { error: 'refused' };

const rehearsal = (slot: string, script: readonly object[]) => ({
  slot,
  agent: { name: `agent_${slot}`, config: { rehearsal: { seed: 1, script } } },
});

const start = (members: readonly object[], config: object, input: object = {}) => ({
  inline: { type: 'pipeline', config, members },
  input: { task: 'Write the notes.', ...input },
});

test('each stage works on what the one before it made, and the last one chooses where there are options', async ({
  engine,
}) => {
  const body = start(
    [
      rehearsal('draft', [says('A draft.')]),
      rehearsal('review', [refuses, says('A better draft.')]),
      rehearsal('decide', [{ text: 'It is good.', choice: 'publish', confidence: 0.8 }]),
    ],
    { stages: ['draft', 'review', 'decide'] },
    { options: ['publish', 'wait'] },
  );

  const id = await engine.start(body);
  const closed = await engine.untilClosed(id);

  expect(closed).toMatchObject({
    state: 'completed',
    statusMessage: 'all 3 stages done',
    output: {
      answer: 'publish',
      text: 'It is good.',
      method: 'pipeline',
      rounds: 3,
      stages: [
        { stage: 'draft', agent: 'agent_draft', text: 'A draft.', attempts: 1, confidence: null },
        { stage: 'review', text: 'A better draft.', attempts: 2 },
        { stage: 'decide', text: 'It is good.', attempts: 1, confidence: 0.8 },
      ],
    },
    usage: { calls: 3, failedCalls: 1 },
  });
  const messages = await engine.messagesOf(id);
  expect(messages.map(({ sequence, round, sender }) => [sequence, round, sender.slot])).toEqual([
    [1, 1, 'draft'],
    [2, 2, 'review'],
    [3, 2, 'review'],
    [4, 3, 'decide'],
  ]);
});

/** A pipeline of three stages at a provider whose third stage does not work until it is mended. */
async function shaky(engine: Engine, config: object) {
  let isBroken = true;
  const reviewed: number[] = [];
  const provider = `shaky-${Date.now()}`;
  const fake = await playProvider(engine, provider, {
    answer: ({ messages }) => {
      const text = JSON.stringify(messages);
      const stage = Number(/You are stage (\d) of 3/.exec(text)?.[1]);
      if (stage === 2) reviewed.push(1);
      // The first attempt of the second stage comes to nothing: an answer, and its repair.
      if (stage === 2 && reviewed.length <= 2) return ' ';
      return stage === 3 && isBroken ? ' ' : `Result of ${stage}: ${text.length}`;
    },
  });
  const stages = ['draft', 'review', 'publish'];
  const models = [{ provider, model: 'small' }];
  const members = stages.map((slot) => ({ slot, agent: { name: slot, config: { models } } }));
  const body = start(members, { stages, maxStageRetries: 1, ...config });
  const id = await engine.start(body);
  const failed = await engine.untilClosed(id);
  expect(failed).toMatchObject({
    state: 'failed',
    error: { code: 'invalid_output', message: expect.stringContaining('Stage "publish"') },
  });
  const before = fake.calls.length;
  isBroken = false;

  await engine.http.post(`/v1/executions/${id}/retry`, {});
  const completed = await engine.untilClosed(id);

  expect(completed).toMatchObject({ state: 'completed', error: null });
  const anew = fake.calls.slice(before).map(({ idempotencyKey }) => idempotencyKey);
  return { id, anew, completed };
}

test('without checkpoints a retry goes on after the last good stage, and pays for nothing twice', async ({
  engine,
}) => {
  const { id, anew, completed } = await shaky(engine, {});

  expect(anew).toEqual([`${id}/4/0`]);
  expect(completed.output).toMatchObject({
    stages: [{ attempts: 1 }, { stage: 'review', attempts: 2 }, { attempts: 1 }],
  });
});

test('with checkpoints a retry starts after the last one, and what came later is done anew', async ({
  engine,
}) => {
  const { id, anew, completed } = await shaky(engine, { checkpointAfter: ['draft'] });

  expect(anew).toEqual([`${id}/2/0`, `${id}/3/0`]);
  expect(completed.output).toMatchObject({
    stages: [{ attempts: 1 }, { stage: 'review', attempts: 1 }, { attempts: 1 }],
  });
  const messages = await engine.messagesOf(id);
  expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});
