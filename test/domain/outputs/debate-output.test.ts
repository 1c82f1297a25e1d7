import { expect, test } from 'vitest';
import type { DebateOutcome, Vote } from '../../../workflows/contract/outcomes.ts';
import type { Contribution } from '../../../workflows/domain/outputs/contribution.ts';
import { debateOutput } from '../../../workflows/domain/outputs/debate-output.ts';

const vote = (slot: string, sequence: number, position: number, weight = 1): Vote => ({
  slot,
  sequence,
  position,
  weight,
  confidence: 0.5,
});
const said = (sequence: number, choice: string | null, confidence = 0.5): Contribution => ({
  sequence,
  slot: `debater_${sequence}`,
  name: `agent-${sequence}`,
  choice,
  confidence,
  weight: 1,
  reasoning: `because of ${sequence}`,
  text: `text of ${sequence}`,
  output: null,
});
const outcome = (changes: Partial<DebateOutcome>): DebateOutcome => ({
  kind: 'debate',
  method: 'majority',
  decidedBy: 'method',
  converged: true,
  rounds: 2,
  budgetEnded: false,
  agreement: 2 / 3,
  position: 1,
  mediatorSequence: null,
  votes: [vote('debater_1', 1, 0), vote('debater_2', 2, 1), vote('debater_3', 3, 1)],
  ...changes,
});
const SAID = [said(1, 'yes'), said(2, 'no', 0.4), said(3, 'no', 0.9)];

test('the surest of those who hold the answer speaks for it, and the others dissent', () => {
  const output = debateOutput(outcome({}), SAID);

  expect(output).toMatchObject({
    answer: 'no',
    text: 'text of 3',
    method: 'majority',
    dissent: [{ slot: 'debater_1', choice: 'yes', reasoning: 'because of 1' }],
    standings: [
      { choice: 'no', votes: 2, weight: 2 },
      { choice: 'yes', votes: 1, weight: 1 },
    ],
  });
  expect(output.votes.map(({ agent, choice }) => [agent, choice])).toEqual([
    ['agent-1', 'yes'],
    ['agent-2', 'no'],
    ['agent-3', 'no'],
  ]);
});

test("a mediator's decision is the answer, in its own words", () => {
  const decided = outcome({
    decidedBy: 'mediator',
    position: 0,
    mediatorSequence: 4,
    converged: false,
  });

  const output = debateOutput(decided, [...SAID, said(4, 'yes')]);

  expect(output).toMatchObject({ answer: 'yes', text: 'text of 4', method: 'mediator' });
  expect(output.dissent.map(({ slot }) => slot)).toEqual(['debater_2', 'debater_3']);
});

test('in free text nobody dissents from words that no position has; from a position those who hold another do', () => {
  const decided = outcome({ decidedBy: 'mediator', position: null, mediatorSequence: 4 });
  const dissentFrom = (answer: string) =>
    debateOutput(decided, [...SAID, said(4, answer)]).dissent.map(({ slot }) => slot);

  expect(dissentFrom('No, as two of three say.')).toEqual([]);
  expect(dissentFrom('No.')).toEqual(['debater_1']);
});

test('a mediator that takes an option which nobody voted for has all of them against it', () => {
  const decided = outcome({ decidedBy: 'mediator', position: 2, mediatorSequence: 4 });

  const { dissent } = debateOutput(decided, [...SAID, said(4, 'later')]);

  expect(dissent).toHaveLength(3);
});

test('under weighted votes the standings go by weight', () => {
  const votes = [vote('debater_1', 1, 0, 5), vote('debater_2', 2, 1), vote('debater_3', 3, 1)];

  const { standings } = debateOutput(outcome({ votes, method: 'weighted', position: 0 }), SAID);

  expect(standings.map(({ choice }) => choice)).toEqual(['yes', 'no']);
});

test('without agreement there is no answer and no dissent, but standings by votes, then weight', () => {
  const votes = [vote('debater_1', 1, 0, 1), vote('debater_2', 2, 1, 3)];

  const output = debateOutput(
    outcome({ votes, position: null, decidedBy: null, converged: false }),
    SAID,
  );

  expect(output).toMatchObject({
    answer: null,
    dissent: [],
    text: 'No agreement: no (1), yes (1).',
  });
});
