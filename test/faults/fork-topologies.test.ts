import { expect } from 'vitest';
import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import type { MessageBody } from './bodies.ts';
import { type Engine, test } from './engine.ts';
import { panel } from './panels.ts';
import { piecesStart } from './pieces.ts';

const says = (text: string, confidence = 0.9) => ({ text, confidence });
const leak = { severity: 'critical', place: 'line 3', text: 'It leaks.' };
const rejects: RehearsalEntry = {
  verdict: 'reject',
  text: 'No.',
  findings: [leak],
  confidence: 0.9,
};
const approves: RehearsalEntry = {
  verdict: 'approve',
  text: 'Fine.',
  findings: [],
  confidence: 0.8,
};

const STORIES: Readonly<Record<string, object>> = {
  'an ensemble of one': panel(
    'ensemble',
    { aggregationMethod: 'concat' },
    { question: 'Why?' },
    {
      member_1: [says('Because.')],
    },
  ),
  'a chain with guidance and a piece that is taken over': piecesStart(
    'chain',
    [
      {
        slot: 'chief',
        script: [
          {
            text: 'Two parts.',
            plan: [
              { title: 'Route', task: 'Find the route.', to: 'worker_1' },
              { title: 'Food', task: 'Find the food.', to: 'worker_2' },
            ],
          },
          { text: 'Look at the map.' },
          { text: 'Ask the cook.' },
          says('Bread for all.', 0.7),
          says('By the lake, with bread.', 0.8),
        ],
      },
      { slot: 'worker_1', script: [says('Somewhere.', 0.2), says('By the lake.', 0.6)] },
      { slot: 'worker_2', script: [says('Soup?', 0.3), says('Soup!', 0.4)] },
    ],
    { config: { authorityLevels: ['chief', 'worker'] } },
  ),
  'a planned delegation': piecesStart('delegation', [
    {
      slot: 'coordinator',
      script: [
        {
          text: 'Two items.',
          plan: [
            { title: 'Contract', task: 'Read it.', requiredCapabilities: ['law'] },
            { title: 'Program', task: 'Write it.', requiredCapabilities: ['code'] },
          ],
        },
        says('All together.', 0.8),
      ],
    },
    { slot: 'specialist_1', capabilities: ['code'], script: [says('Written.')] },
    { slot: 'specialist_2', capabilities: ['law'], script: [says('Read.')] },
  ]),
  'a delegation of the input’s items': piecesStart(
    'delegation',
    [
      { slot: 'coordinator', script: [says('All together.', 0.8)] },
      { slot: 'specialist_1', script: [says('First.'), says('Second.')] },
    ],
    {
      input: {
        task: 'Do it.',
        items: [
          { id: 'a', task: 'One.' },
          { id: 'b', task: 'Two.' },
        ],
      },
    },
  ),
  'a pipeline': panel(
    'pipeline',
    { stages: ['draft', 'edit', 'print'], checkpointAfter: ['draft'] },
    { task: 'Write it.' },
    { draft: [says('A draft.')], edit: [says('Edited.')], print: [says('Printed.')] },
  ),
  'a crosscheck that is mended': panel(
    'crosscheck',
    { maxRevisions: 2, checkerSpecializations: ['security'] },
    { task: 'Write it.' },
    {
      producer: [{ text: 'First version.' }, { text: 'Second version.' }],
      checker_1: [rejects, approves],
      checker_2: [rejects, { ...rejects, confidence: 0.6 }],
      checker_3: [approves, approves],
    },
  ),
  'a crosscheck of a given artifact': panel(
    'crosscheck',
    {},
    { artifact: 'The text.' },
    { checker_1: [approves], checker_2: [rejects], checker_3: [approves] },
  ),
  'an ensemble that is put together': panel(
    'ensemble',
    { aggregationMethod: 'synthesis' },
    { question: 'Where to?' },
    {
      member_1: [says('North.')],
      member_2: [says('South.')],
      synthesizer: [{ text: 'North, then south.' }],
    },
  ),
};

const said = async (engine: Engine, id: string) =>
  (await engine.messagesOf(id)).map(({ sequence, round, type, sender, content }: MessageBody) => ({
    sequence,
    round,
    type,
    slot: sender.slot,
    content,
  }));

test.for(Object.entries(STORIES))(
  '%s, forked at every message and changed nowhere, ends as it did and asks for the rest alone',
  async ([, body], { engine }) => {
    const origin = await engine.start(body);
    const first = await engine.untilClosed(origin);
    const before = await said(engine, origin);
    expect(first.state).toBe('completed');

    for (const { sequence } of before) {
      const answer = await engine.http.post<{ id: string }>(`/v1/executions/${origin}/fork`, {
        fromMessage: sequence,
      });
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      const { id } = answer.body;
      const closed = await engine.untilClosed(id);

      expect(await said(engine, id)).toEqual(before);
      expect(closed.output).toEqual(first.output);
      const asked = (await engine.callsOf(id)).map(({ key }) => Number(key.split('/')[1]));
      const rest = before.map((message) => message.sequence).filter((each) => each > sequence);
      expect(asked).toEqual(rest);
    }
  },
);

test('a child is forked as an execution of its own; a parent that says nothing itself has no message to fork at', async ({
  engine,
}) => {
  const stage = panel(
    'pipeline',
    { stages: ['say', 'end'] },
    {},
    {
      say: [says('First.')],
      end: [says('Last.')],
    },
  );
  const parent = await engine.start({
    inline: {
      type: 'compound',
      config: {
        compositionType: 'sequential',
        children: [{ name: 'only', topology: stage.inline }],
      },
    },
    input: { task: 'Find out.' },
    budget: { tokens: 80_000 },
  });
  await engine.untilClosed(parent);
  const { body: view } = await engine.http.get<{ children: string[] }>(`/v1/executions/${parent}`);
  const child = view.children[0]!;
  const first = await engine.untilClosed(child);

  const made = await engine.http.post<{ id: string }>(`/v1/executions/${child}/fork`, {
    fromMessage: 1,
  });
  const closed = await engine.untilClosed(made.body.id);
  const refused = await engine.http.post(`/v1/executions/${parent}/fork`, { fromMessage: 1 });
  const raised = await engine.http.post(`/v1/executions/${parent}/interject`, { text: 'Hello.' });

  expect(closed).toMatchObject({
    output: first.output,
    parent: null,
    forkedFrom: { executionId: child, sequence: 1 },
    usage: { calls: 1 },
  });
  expect(await said(engine, made.body.id)).toEqual(await said(engine, child));
  expect([refused.status, raised.status]).toEqual([400, 409]);
});
