import { describe, expect } from 'vitest';
import { debate } from './debates.ts';
import { test } from './engine.ts';
import { storyOf } from './panels.ts';

const says = (choice: string) => ({ choice, text: `I say ${choice}.`, confidence: 0.8 });
const [yes, no] = [{ script: [says('yes')] }, { script: [says('no')] }];
const refuses = { script: [{ error: 'refused' }] };
const many = <T>(n: number, of: T): T[] => Array.from({ length: n }, () => of);

/** A debate between yes and no; in seat order, what each says in every round. */
const ship = (
  config: Readonly<Record<string, unknown>>,
  debaters: Parameters<typeof debate>[0]['debaters'],
  mediator?: Parameters<typeof debate>[0]['mediator'],
) =>
  debate({
    question: 'Ship on Friday?',
    options: ['yes', 'no'],
    config: { consensusMethod: 'majority', ...config },
    debaters,
    ...(mediator && { mediator }),
  });

/** Yes, yes and no by weight. */
const weighted = (...weights: [number, number, number]) =>
  ship(
    { consensusMethod: 'weighted', maxRounds: 1 },
    [yes, yes, no].map((speaker, i) => ({ ...speaker, weight: weights[i]! })),
  );

describe('a tie', () => {
  test('is no consensus in any round: nobody decides, and the standings say why', async ({
    engine,
  }) => {
    // 1 : 1 is a share of 0.5, and the threshold is 0.5; but a tie is none, however low the threshold.
    const { state, output, messages } = await storyOf(
      engine,
      ship({ maxRounds: 2, convergenceThreshold: 0.5 }, [yes, no]),
    );

    expect(state).toBe('completed');
    expect(output).toEqual({
      answer: null,
      text: 'No agreement: yes (1), no (1).',
      method: 'majority',
      decidedBy: null,
      converged: false,
      rounds: 2,
      budgetEnded: false,
      agreement: 0.5,
      votes: [
        { slot: 'debater_1', agent: 'agent_1', choice: 'yes', confidence: 0.8, weight: 1 },
        { slot: 'debater_2', agent: 'agent_2', choice: 'no', confidence: 0.8, weight: 1 },
      ],
      dissent: [],
      standings: [
        { choice: 'yes', votes: 1, weight: 1 },
        { choice: 'no', votes: 1, weight: 1 },
      ],
    });
    expect(messages).toHaveLength(4);
  });

  test('after the last round is decided by a mediator, if there is one', async ({ engine }) => {
    const chair = { script: [{ choice: 'no', text: 'It can wait.' }] };
    const by = (consensusMethod: string) =>
      storyOf(
        engine,
        ship({ consensusMethod, maxRounds: 1, convergenceThreshold: 0.5 }, [yes, no], chair),
      );

    const [majority, mediated] = await Promise.all([by('majority'), by('mediator')]);

    const decided = {
      answer: 'no',
      text: 'It can wait.',
      method: 'mediator',
      decidedBy: 'mediator',
      agreement: 0.5,
      dissent: [{ slot: 'debater_1', choice: 'yes' }],
    };
    // Where the method is another one, it has found nothing: no consensus.
    expect(majority.output).toMatchObject({ ...decided, converged: false });
    expect(mediated.output).toMatchObject({ ...decided, converged: true });
  });

  test('of weights is one although 0.2 + 0.7 is less than 0.9 for a computer', async ({
    engine,
  }) => {
    const [tie, won] = await Promise.all([
      storyOf(engine, weighted(0.2, 0.7, 0.9)),
      storyOf(engine, weighted(0.2, 0.71, 0.9)),
    ]);

    expect(tie.output).toMatchObject({
      answer: null,
      decidedBy: null,
      agreement: expect.closeTo(0.5),
    });
    expect(won.output).toMatchObject({ answer: 'yes', decidedBy: 'method' });
  });
});

describe('a seat that fails', () => {
  test('has no vote: two of the three that are left are more than half', async ({ engine }) => {
    // Of five seats yes has two: not more than half. One is refused, one never finds the form; of the three valid votes
    // yes has two.
    const formless = { script: [{ error: 'invalid_output' }] };

    const id = await engine.start(ship({ maxRounds: 1 }, [yes, refuses, yes, formless, no]));

    const closed = await engine.untilClosed(id);
    expect(closed.output).toMatchObject({
      answer: 'yes',
      decidedBy: 'method',
      converged: true,
      agreement: 2 / 3,
      dissent: [{ slot: 'debater_5', choice: 'no' }],
      standings: [
        { choice: 'yes', votes: 2 },
        { choice: 'no', votes: 1 },
      ],
    });
    expect(closed.output!.votes.map(({ slot }) => slot)).toEqual([
      'debater_1',
      'debater_3',
      'debater_5',
    ]);
    const { body } = await engine.http.get<{
      items: { slot: string; failureCode: string | null }[];
    }>(`/v1/executions/${id}/responses`);
    expect(body.items.map(({ slot, failureCode }) => [slot, failureCode])).toEqual([
      ['debater_1', null],
      ['debater_2', 'model_refused'],
      ['debater_3', null],
      ['debater_4', 'invalid_output'],
      ['debater_5', null],
    ]);
  });

  test('does not disturb those who are unanimous without it', async ({ engine }) => {
    const { output } = await storyOf(
      engine,
      ship({ maxRounds: 3, consensusMethod: 'unanimous', convergenceThreshold: 1 }, [
        no,
        refuses,
        no,
      ]),
    );

    expect(output).toMatchObject({ answer: 'no', converged: true, rounds: 1, agreement: 1 });
  });

  test('and leaves only one vote: no quorum', async ({ engine }) => {
    const closed = await engine.untilClosed(await engine.start(ship({}, [yes, refuses])));

    expect(closed).toMatchObject({ state: 'failed', output: null, error: { code: 'no_quorum' } });
  });
});

test('a threshold that is hit exactly ends a debate; one that is a little higher lets it go on', async ({
  engine,
}) => {
  // Two of three say yes in round 1, all in round 2.
  const turns = { script: [says('no'), says('yes')] };
  const at = (convergenceThreshold: number) =>
    storyOf(engine, ship({ maxRounds: 3, convergenceThreshold }, [yes, yes, turns]));

  const [exact, higher] = await Promise.all([at(2 / 3), at(0.667)]);

  expect(exact.output).toMatchObject({ answer: 'yes', rounds: 1, agreement: 2 / 3 });
  expect(higher.output).toMatchObject({ answer: 'yes', rounds: 2, agreement: 1 });
});

test('under the method mediator the mediator is not asked where the threshold is hit exactly', async ({
  engine,
}) => {
  const chair = { script: [{ choice: 'no', text: 'No.' }] };
  const at = (convergenceThreshold: number) =>
    storyOf(
      engine,
      ship(
        { consensusMethod: 'mediator', maxRounds: 1, convergenceThreshold },
        [yes, yes, yes, no],
        chair,
      ),
    );

  const [exact, higher] = await Promise.all([at(0.75), at(0.76)]);

  expect(exact.output).toMatchObject({ answer: 'yes', decidedBy: 'agreement', converged: true });
  expect(exact.messages).toHaveLength(4);
  expect(higher.output).toMatchObject({ answer: 'no', decidedBy: 'mediator', converged: true });
  expect(higher.messages).toHaveLength(5);
});

test('50 debaters: half of the seats are more than half of the votes when one abstains', async ({
  engine,
}) => {
  // 25 of 50 would be a tie with the rest; of the 49 who vote, 25 are more than half.
  const abstains = { script: [{ abstain: true, text: 'I cannot say.' }] };
  const seats = [...many(24, no), abstains, ...many(25, yes)];

  const { output, messages } = await storyOf(engine, ship({ maxRounds: 1 }, seats));

  expect(output).toMatchObject({
    answer: 'yes',
    converged: true,
    rounds: 1,
    agreement: 25 / 49,
    standings: [
      { choice: 'yes', votes: 25 },
      { choice: 'no', votes: 24 },
    ],
  });
  expect(messages.map(({ sender }) => sender)).toEqual(
    Array.from({ length: 50 }, (_, i) => `debater_${i + 1}`),
  );
});
