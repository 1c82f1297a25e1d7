import { describe, expect, test } from 'vitest';
import type { AggregationMethod } from '../../../workflows/domain/enums.ts';
import type { Contribution } from '../../../workflows/domain/outputs/contribution.ts';
import { ensembleOutput } from '../../../workflows/domain/outputs/ensemble-output.ts';

interface Said {
  readonly choice?: string;
  readonly value?: number;
  readonly confidence?: number;
  readonly weight?: number;
  readonly text?: string;
}
const contribution = (sequence: number, slot: string, said: Said): Contribution => ({
  sequence,
  slot,
  name: `agent-${sequence}`,
  choice: said.choice ?? null,
  confidence: said.confidence ?? 0.5,
  weight: said.weight ?? 1,
  reasoning: `because of ${sequence}`,
  text: said.text ?? `text of ${sequence}`,
  output: said.value === undefined ? {} : { value: said.value },
});

/** The output of members who said this, in seat order. `diversityWeight` is 0 unless told. */
function output(
  aggregationMethod: AggregationMethod,
  said: readonly Said[],
  more: { options?: string[]; synthesis?: Contribution; diversityWeight?: number } = {},
) {
  const { options, synthesis, diversityWeight = 0 } = more;
  const given = said.map((each, i) => contribution(i + 1, `member_${i + 1}`, each));
  return ensembleOutput(
    {
      kind: 'ensemble',
      sequences: given.map(({ sequence }) => sequence),
      failed: [{ slot: 'member_9', code: 'model_refused' }],
      synthesisSequence: synthesis?.sequence ?? null,
    },
    {
      workflow: 'ensemble',
      config: { aggregationMethod, diversityWeight, failureThreshold: 0.5 },
      synthesizerSlot: null,
    },
    { question: 'Which?', ...(options && { options }) },
    synthesis ? [...given, synthesis] : given,
  );
}

describe('vote', () => {
  test('the most common answer wins; the surest of those who gave it speaks', () => {
    const said = [
      { choice: 'b' },
      { choice: 'a', confidence: 0.6 },
      { choice: 'a', confidence: 0.8 },
    ];

    expect(output('vote', said, { options: ['a', 'b'] })).toMatchObject({
      answer: 'a',
      text: 'text of 3',
      method: 'vote',
      rounds: 1,
      tie: null,
      cites: ['member_2', 'member_3'],
      dissent: [{ slot: 'member_1', choice: 'b', reasoning: 'because of 1' }],
      standings: [
        { choice: 'a', votes: 2 },
        { choice: 'b', votes: 1 },
      ],
      failed: [{ slot: 'member_9', code: 'model_refused' }],
    });
  });

  test('free text is the same after normalising, and has the first seat’s words', () => {
    const said = [{ choice: 'Wait' }, { choice: 'Ship it.' }, { choice: 'ship it' }];

    const { answer, contributions } = output('vote', said);

    expect(answer).toBe('Ship it.');
    expect(contributions.map(({ choice }) => choice)).toEqual(['Wait', 'Ship it.', 'Ship it.']);
  });

  test('options that differ in case alone stay apart', () => {
    const said = [{ choice: 'A' }, { choice: 'a' }, { choice: 'a' }];

    expect(output('vote', said, { options: ['A', 'a'] })).toMatchObject({
      answer: 'a',
      dissent: [{ slot: 'member_1' }],
    });
  });

  test('a tie is broken and told', () => {
    const said = [
      { choice: 'a', confidence: 0.5 },
      { choice: 'b', confidence: 0.9 },
    ];

    expect(output('vote', said, { options: ['a', 'b'] })).toMatchObject({
      answer: 'b',
      tie: { between: ['b', 'a'], brokenBy: 'confidence' },
    });
  });
});

describe('numbers', () => {
  test('average: mean, and standard deviation of the population', () => {
    const said = [{ value: 10 }, { value: 20 }, { value: 60 }];

    expect(output('average', said)).toMatchObject({
      answer: '30',
      value: 30,
      standardDeviation: 21.6024689946929, // the root of (400 + 100 + 900) / 3
      dissent: [],
      standings: [],
      contributions: [{ value: 10, choice: null }, { value: 20 }, { value: 60 }],
    });
  });

  test('the answer has no rounding errors of sums in it', () => {
    expect(output('average', [{ value: 0.1 }, { value: 0.2 }, { value: 0.6 }]).answer).toBe('0.3');
  });

  test('weighted: the mean by weight and confidence', () => {
    const said = [
      { choice: '10', value: 10, weight: 3, confidence: 1 },
      { choice: '20', value: 20, weight: 2, confidence: 0.5 },
    ];

    expect(output('weighted', said)).toMatchObject({ answer: '12.5', value: 12.5 });
  });

  test('weighted: one answer that is no number makes it a vote', () => {
    const said = [
      { choice: 'ten', weight: 1, confidence: 1 },
      { choice: '10', value: 10, weight: 3, confidence: 0.5 },
    ];

    expect(output('weighted', said)).toMatchObject({
      answer: '10',
      value: null,
      standings: [
        { choice: '10', votes: 1, weight: 1.5 },
        { choice: 'ten', votes: 1, weight: 1 },
      ],
    });
  });
});

test('concat: all of them by seat, labelled', () => {
  const { answer, text, cites } = output('concat', [{ text: 'One.' }, { text: 'Two.' }]);

  expect(text).toBe('agent-1 (member_1):\nOne.\n\nagent-2 (member_2):\nTwo.');
  expect(answer).toBe(text);
  expect(cites).toEqual(['member_1', 'member_2']);
});

test('best_of: the surest, then the one with more weight', () => {
  const said = [
    { choice: 'x', confidence: 0.7 },
    { choice: 'y', confidence: 0.9, weight: 1 },
    { choice: 'z', confidence: 0.9, weight: 2 },
  ];

  expect(output('best_of', said)).toMatchObject({
    answer: 'z',
    text: 'text of 3',
    cites: ['member_3'],
    dissent: [{ slot: 'member_1' }, { slot: 'member_2' }],
  });
});

test('best_of: of equally sure ones the most reliable seat, then the first, however alike they are', () => {
  const like = [
    { choice: 'a', confidence: 0.9, text: 'we should ship on monday' },
    { choice: 'a too', confidence: 0.9, text: 'we should ship on monday then' },
    { choice: 'b', confidence: 0.9, text: 'nobody is here to help' },
  ];
  const better = like.map((said, i) => ({ ...said, weight: [0.8, 0.7, 0.7][i]! }));

  const { answer, contributions } = output('best_of', like, { diversityWeight: 0.3 });

  expect(answer).toBe('a');
  // What is unlike the others has more weight, which decides votes, not this.
  expect(contributions[2]!.weight).toBeGreaterThan(contributions[0]!.weight);
  expect(output('best_of', better, { diversityWeight: 1 }).answer).toBe('a');
});

test('synthesis: what was written, and whom it cites, once each', () => {
  const synthesis = {
    ...contribution(7, 'synthesizer', { choice: 'Both.' }),
    output: { cites: ['member_2', 'member_1', 'member_2'] },
  };

  expect(output('synthesis', [{ choice: 'x' }, { choice: 'y' }], { synthesis })).toMatchObject({
    answer: 'Both.',
    text: 'text of 7',
    rounds: 2,
    cites: ['member_2', 'member_1'],
    dissent: [],
    contributions: [{ slot: 'member_1' }, { slot: 'member_2' }],
  });
});

test('a synthesis that chooses an option has those against it who chose another', () => {
  const synthesis = contribution(7, 'synthesizer', { choice: 'b' });

  const { dissent } = output('synthesis', [{ choice: 'a' }, { choice: 'b' }], {
    synthesis,
    options: ['a', 'b'],
  });

  expect(dissent).toEqual([{ slot: 'member_1', choice: 'a', reasoning: 'because of 1' }]);
});

test('diversity takes weight from those who say the same, and shows in it', () => {
  const same = { choice: 'go', text: 'we should ship it' };
  const other = { choice: 'wait', text: 'nobody is here today' };

  const { contributions, answer } = output('weighted', [same, same, other], {
    diversityWeight: 1,
  });

  expect(contributions.map(({ weight }) => weight)).toEqual([0.5, 0.5, 1]);
  expect(answer).toBe('go');
});

test.for<AggregationMethod>(['vote', 'average', 'weighted', 'concat', 'best_of', 'synthesis'])(
  '%s of nothing is nothing',
  (method) => {
    expect(output(method, [])).toMatchObject({ answer: null, contributions: [], dissent: [] });
  },
);
