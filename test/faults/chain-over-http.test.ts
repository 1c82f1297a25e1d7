import { expect } from 'vitest';
import { test } from './engine.ts';
import { type PieceSeat, piecesStart } from './pieces.ts';

const TWO = { authorityLevels: ['chief', 'worker'] };
const says = (text: string, confidence: number, more: object = {}) => ({
  text,
  confidence,
  ...more,
});
const PLAN = [
  { title: 'Route', task: 'Find the route.', to: 'worker_1' },
  { title: 'Food', task: 'Find the food.', to: 'worker_2' },
  { title: 'Games', task: 'Think of games.' },
];

test('a chain: plan, reports, guidance and once more, taking over, the merge; all of it can be read', async ({
  engine,
}) => {
  const chief = [
    { text: 'Three parts.', plan: PLAN },
    { text: 'Look at the map.' },
    { text: 'Ask the cook.' },
    says('Bread for all.', 0.7),
    says('By the lake, with bread and games.', 0.8),
  ];
  const body = piecesStart(
    'chain',
    [
      { slot: 'chief', script: chief },
      {
        slot: 'worker_1',
        script: [says('Somewhere.', 0.2), says('Chess.', 0.9), says('By the lake.', 0.6)],
      },
      { slot: 'worker_2', script: [says('Soup?', 0.3), says('Soup!', 0.49)] },
    ],
    { config: TWO },
  );

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.error).toBeNull();
  expect(closed.output).toEqual({
    answer: 'By the lake, with bread and games.',
    text: 'By the lake, with bread and games.',
    method: 'chain',
    rounds: 6,
    confidence: 0.8,
    escalated: false,
    contributions: [
      {
        slot: 'worker_1',
        agent: 'agent_worker_1',
        part: 'Route',
        status: 'redone',
        text: 'By the lake.',
        confidence: 0.6,
      },
      {
        slot: 'chief',
        agent: 'agent_chief',
        part: 'Food',
        status: 'taken_over',
        text: 'Bread for all.',
        confidence: 0.7,
      },
      {
        slot: 'worker_1',
        agent: 'agent_worker_1',
        part: 'Games',
        status: 'reported',
        text: 'Chess.',
        confidence: 0.9,
      },
    ],
    dissent: [
      {
        slot: 'worker_2',
        agent: 'agent_worker_2',
        part: 'Food',
        choice: null,
        text: 'Soup!',
        reasoning: 'Taken over by chief: the report was only 49 % sure.',
      },
    ],
  });
  const messages = (await engine.messagesOf(closed.id)).toSorted((a, b) => a.sequence - b.sequence);
  expect(messages.map(({ round, sender, content }) => [round, sender.slot, content.text])).toEqual([
    [1, 'chief', 'Three parts.'],
    [2, 'worker_1', 'Somewhere.'],
    [2, 'worker_2', 'Soup?'],
    [2, 'worker_1', 'Chess.'],
    [3, 'chief', 'Look at the map.'],
    [3, 'chief', 'Ask the cook.'],
    [4, 'worker_1', 'By the lake.'],
    [4, 'worker_2', 'Soup!'],
    [5, 'chief', 'Bread for all.'],
    [6, 'chief', 'By the lake, with bread and games.'],
  ]);
  const transcript = await engine.http.get<string>(`/v1/executions/${closed.id}/transcript`);
  expect(transcript.body).toContain('- Route (worker_1): Find the route.');
  expect(transcript.body).toContain('## Round 6');
  expect(transcript.body).toContain('- agent_chief (chief): Food, taken over');
});

test('what a seat is asked shows its part and nothing of the others', async ({ engine }) => {
  const body = piecesStart(
    'chain',
    [
      { slot: 'chief', script: [{ plan: PLAN.slice(0, 2), text: 'Two.' }, says('Done.', 1)] },
      { slot: 'worker_1', script: [says('Lake.', 1)] },
      { slot: 'worker_2', script: [says('Soup.', 1)] },
    ],
    { config: TWO },
  );
  const closed = await engine.untilClosed(await engine.start(body));
  const calls = await engine.callsOf(closed.id);
  const asked = async (sequence: number): Promise<string> => {
    const { id } = calls.find(({ key }) => key === `${closed.id}/${sequence}/0`)!;
    const call = await engine.http.get(`/v1/executions/${closed.id}/calls/${id}`);
    return JSON.stringify(call.body);
  };

  const [top, worker, merge] = [await asked(1), await asked(2), await asked(4)];

  expect(top).toContain('You hand work down to:\\n- worker_1: agent_worker_1');
  expect(worker).toContain('Route\\nFind the route.');
  expect(worker).not.toContain('Find the food.');
  expect(merge).toContain('Part 1, Route, by agent_worker_1 (worker_1), 100 % sure:\\nLake.');
  expect(merge).toContain('Part 2, Food, by agent_worker_2 (worker_2), 100 % sure:\\nSoup.');
});

test('with options the top chooses one; not sure enough at the top is said', async ({ engine }) => {
  const body = piecesStart(
    'chain',
    [{ slot: 'chief', script: [{ choice: 'no', confidence: 0.49 }] }],
    {
      config: { authorityLevels: ['chief'] },
      input: { question: 'Go?', options: ['yes', 'no'] },
    },
  );

  const closed = await engine.untilClosed(await engine.start(body));

  expect(closed.output).toMatchObject({
    answer: 'no',
    confidence: 0.49,
    escalated: true,
    rounds: 1,
  });
});

test('without a script each seat of the next level gets a part', async ({ engine }) => {
  const body = piecesStart('chain', [
    { slot: 'commander' },
    { slot: 'lieutenant' },
    { slot: 'worker_1' },
    { slot: 'worker_2' },
  ]);

  const closed = await engine.untilClosed(await engine.start(body));

  const { contributions } = closed.output as unknown as { contributions: { slot: string }[] };
  expect(contributions.map(({ slot }) => slot)).toEqual(['lieutenant', 'worker_1', 'worker_2']);
});

test('whoever is slower, the transcript is the same', async ({ engine }) => {
  const run = async (delays: readonly [number, number]) => {
    const [one, two] = delays;
    const body = piecesStart(
      'chain',
      [
        {
          slot: 'chief',
          script: [{ plan: PLAN, text: 'Three.' }, { text: 'More.' }, says('End.', 1)],
        },
        {
          slot: 'worker_1',
          script: [
            says('A.', 0.1, { delayMs: one }),
            says('C.', 1, { delayMs: two }),
            says('A again.', 1, { delayMs: one }),
          ],
        },
        { slot: 'worker_2', script: [says('B.', 1, { delayMs: two })] },
      ],
      { config: TWO },
    );
    const closed = await engine.untilClosed(await engine.start(body));
    const messages = await engine.messagesOf(closed.id);
    return messages
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ sequence, round, sender, content }) => [sequence, round, sender.slot, content]);
  };

  const [one, other] = await Promise.all([run([0, 300]), run([300, 0])]);

  expect(one).toHaveLength(7);
  expect(other).toEqual(one);
});

test('a seat that fails loses its part to its superior; the top has none', async ({ engine }) => {
  const refused = { error: 'refused' };
  const start = (chief: NonNullable<PieceSeat['script']>) =>
    engine.start(
      piecesStart(
        'chain',
        [
          { slot: 'chief', script: chief },
          { slot: 'worker_1', script: [refused] },
          { slot: 'worker_2', script: [says('Soup.', 0.5)] },
        ],
        { config: TWO },
      ),
    );
  const plan = { text: 'Two.', plan: PLAN.slice(0, 2) };

  const ids = [
    await start([plan, says('By the lake.', 0.9), says('Soup by the lake.', 0.5)]),
    await start([plan, refused]),
  ];

  const [taken, lost] = await Promise.all(ids.map((id) => engine.untilClosed(id)));
  // A confidence of exactly the threshold (0.5) is enough: no guidance for Food, and nothing escalated.
  expect(taken!.output).toMatchObject({
    answer: 'Soup by the lake.',
    rounds: 4,
    escalated: false,
    contributions: [
      { slot: 'chief', part: 'Route', status: 'taken_over', text: 'By the lake.' },
      { slot: 'worker_2', part: 'Food', status: 'reported', text: 'Soup.', confidence: 0.5 },
    ],
    dissent: [
      {
        slot: 'worker_1',
        text: null,
        reasoning: 'Taken over by chief: no answer (model_refused).',
      },
    ],
  });
  expect(lost).toMatchObject({ state: 'failed', output: null, error: { code: 'model_refused' } });
});

/** A part for the n-th seat of a level. */
const part = (level: string, n = 8) => ({
  title: `${level}${n}`,
  task: `Do ${level}${n}.`,
  to: `${level}_${n}`,
});
const hands = (plan: readonly object[], who: string) => [
  { text: 'Down.', plan },
  says(`${who} has it.`, 1),
];
const reported = (level: string, n: number, text: string) => ({
  slot: `${level}_${n}`,
  part: `${level}${n}`,
  status: 'reported',
  text,
});

test('eight levels of eight seats: a part goes down to the last seat and its report comes back up', async ({
  engine,
}) => {
  const [top, second, ...rest] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
  const lower = [second, ...rest];
  const eight = [1, 2, 3, 4, 5, 6, 7, 8];
  // The top gives a part to each of the second level; seven keep theirs, the eighth hands one on, and so it goes down.
  const seats = lower.flatMap((level, i): PieceSeat[] =>
    eight.map((n) => {
      const slot = `${level}_${n}`;
      const below = lower[i + 1];
      if (n === 8 && below) return { slot, script: hands([part(below)], level) };
      if (n === 8) return { slot, script: [says(`${level} has it.`, 1)] };
      return level === second ? { slot, script: hands([], `${level}${n}`) } : { slot };
    }),
  );
  const body = piecesStart(
    'chain',
    [
      {
        slot: top,
        script: hands(
          eight.map((n) => part(second, n)),
          top,
        ),
      },
      ...seats,
    ],
    { config: { authorityLevels: [top, ...lower], maxDelegationDepth: 7 } },
  );

  const id = await engine.start(body);

  const { output } = await engine.untilClosed(id);
  expect(output).toMatchObject({
    answer: 'a has it.',
    // Seven down, the work, seven up; what was kept is done on the way.
    rounds: 15,
    contributions: [
      ...eight.slice(0, 7).map((n) => reported(second, n, `${second}${n} has it.`)),
      ...lower.map((level) => reported(level, 8, `${level} has it.`)),
    ],
  });
  // Plans: 1 + 8 + one each of the five levels between; work: 7 + 1; merges: 7.
  expect(await engine.messagesOf(id)).toHaveLength(1 + 8 + 5 + 7 + 1 + 7);
});
