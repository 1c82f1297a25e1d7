import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelOf, shuffled } from '../../workflows/domain/labels.ts';
import {
  type HeardMessage,
  type PromptParts,
  renderPrompt,
} from '../../workflows/domain/prompt.ts';
import { estimateTokens, utf8Length } from '../../workflows/domain/tokens.ts';

const heard = (sequence: number, changes: Partial<HeardMessage> = {}): HeardMessage => ({
  sequence,
  round: 1,
  kind: 'agent',
  slot: `debater_${sequence}`,
  name: `agent-${sequence}`,
  text: `Text of ${sequence}.`,
  choice: 'yes',
  position: `Position of ${sequence}`,
  confidence: 0.5,
  own: false,
  ...changes,
});
const parts = (changes: Partial<PromptParts>): PromptParts => ({
  seed: 'e',
  agent: {
    name: 'ada',
    role: 'critic',
    description: 'Looks for what breaks.',
    personality: 'Dry.',
    systemPrompt: 'Be brief.',
    outputFormat: null,
  },
  slot: 'debater_1',
  input: { question: 'Ship?', options: ['yes', 'no'], context: 'It is Friday.' },
  ask: { kind: 'position', round: 2, maxRounds: 3 },
  heard: [],
  omittedRounds: 0,
  invalidAnswer: null,
  ...changes,
});

test('a prompt says who the agent is, what is asked, what was said, and what to do now', () => {
  const prompt = renderPrompt(
    parts({ heard: [heard(1, { own: true }), heard(2)], omittedRounds: 1 }),
  );

  expect(prompt.system).toContain('You are ada (seat debater_1), a critic');
  expect(prompt.system).toContain('Be brief.');
  const [{ text } = { text: '' }] = prompt.messages;
  const places = [
    'Ship?',
    'It is Friday.',
    '- yes',
    '1 earlier rounds',
    'You [yes]',
    'agent-2 (debater_2)',
    'round 2',
  ];
  expect(places.map((place) => text.indexOf(place))).toEqual(
    places.map((place) => text.indexOf(place)).toSorted((a, b) => a - b),
  );
  expect(places.every((place) => text.includes(place))).toBe(true);
});

test('a repair shows the answer that could not be used', () => {
  const { messages } = renderPrompt(parts({ invalidAnswer: 'perhaps' }));

  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  expect(messages[1]?.text).toBe('perhaps');
});

test('a judge sees labelled positions, without names and not in the order of the seats', () => {
  const sequences = [1, 2, 3, 4, 5, 6];
  const ask = { kind: 'group', round: 1, sequences } as const;

  const { messages } = renderPrompt(
    parts({ ask, heard: sequences.map((sequence) => heard(sequence)) }),
  );

  const text = messages[0]?.text ?? '';
  const order = [...text.matchAll(/^([A-F]): Position of (\d)$/gm)].map(([, label, n]) => [
    label,
    Number(n),
  ]);
  expect(order.map(([label]) => label)).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
  expect(order.map(([, n]) => n)).toEqual(shuffled(sequences, 'e'));
  expect(text).not.toContain('agent-1');
});

test.each<[number, string[] | undefined, string]>([
  [1, undefined, 'Begin the work, do your part of it, and give your result in full'],
  [2, ['yes', 'no'], 'Go on from what the stage before made, do your part of it, and give your'],
  [3, undefined, 'this is the last stage, so give the final result in full'],
  [3, ['yes', 'no'], 'this is the last stage, so choose exactly one of the options'],
])('stage %i of a pipeline with the options %o', (stage, options, words) => {
  const { messages } = renderPrompt(
    parts({
      input: { task: 'Write.', ...(options && { options }) },
      ask: { kind: 'stage', stage, stages: 3, checkpoint: false },
    }),
  );

  expect(messages[0]?.text).toContain(words);
  expect(messages[0]?.text).toContain(`stage ${stage} of 3`);
});

test('the shuffle keeps every sequence, and is the same for the same execution', () => {
  const sequences = fc.uniqueArray(fc.nat(), { maxLength: 50 });
  fc.assert(
    fc.property(sequences, fc.uuid(), (given, id) => {
      expect(shuffled(given, id).toSorted((a, b) => a - b)).toEqual(
        given.toSorted((a, b) => a - b),
      );
      expect(shuffled(given.toReversed(), id)).toEqual(shuffled(given, id));
    }),
  );
});

test('labels are different and go on after Z', () => {
  const labels = Array.from({ length: 800 }, (_, n) => labelOf(n));

  expect(new Set(labels).size).toBe(800);
  expect([labels[0], labels[25], labels[26], labels[51], labels[52]]).toEqual([
    'A',
    'Z',
    'AA',
    'AZ',
    'BA',
  ]);
});

test('bytes are counted as UTF-8 has them, and no text is estimated at less than a third of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = new TextEncoder().encode(text.toWellFormed()).length;
      expect(utf8Length(text.toWellFormed())).toBe(bytes);
      expect(estimateTokens(text) * 3).toBeGreaterThanOrEqual(bytes);
    }),
  );
});

const textOf = (changes: Partial<PromptParts>): string =>
  renderPrompt(parts({ input: { task: 'Write it.' }, ...changes })).messages[0]!.text;
const findings = [
  { severity: 'critical', place: 'line 3', text: 'It leaks.' },
  { severity: 'minor', place: '', text: 'A typo.' },
];

test('a producer that mends hears its artifact and what was found in it', () => {
  const text = textOf({
    ask: { kind: 'produce', round: 2 },
    heard: [
      heard(1, { slot: 'producer', own: true, choice: null, data: null }),
      heard(2, { slot: 'checker_1', choice: 'reject', data: { findings } }),
    ],
  });

  expect(text).toContain('Round 1, You:\nText of 1.');
  expect(text).toContain('[reject]:\nText of 2.\n- critical, line 3: It leaks.\n- minor: A typo.');
  expect(text).toContain('Mend what the checkers found');
});

test('a checker is told which version to check', () => {
  const given = textOf({ ask: { kind: 'check', round: 1 }, input: { artifact: 'As it is.' } });
  const made = textOf({ ask: { kind: 'check', round: 2 } });

  expect(given).toContain('Artifact:\nAs it is.');
  expect(given).toContain('Check the artifact above');
  expect(made).toContain('as its producer gave it in round 2');
});

test('a synthesizer reads the answers with their weights, diversity included', () => {
  const same = 'we should ship it now';

  const text = textOf({
    ask: { kind: 'synthesize', slots: ['member_1', 'member_2', 'member_3'], diversity: 0.5 },
    heard: [
      heard(1, { slot: 'member_1', text: same, weight: 1, choice: 'go' }),
      heard(2, { slot: 'member_2', text: same, weight: 2, choice: null }),
      heard(3, { slot: 'member_3', text: 'nobody is here today', weight: 1, choice: 'wait' }),
      heard(4, { kind: 'user', slot: null, name: 'eva', text: 'Mind the costs.' }),
    ],
  });

  expect(text).toContain(`agent-1 (member_1, weight 0.75) [go]:\n${same}`);
  expect(text).toContain(`agent-2 (member_2, weight 1.50):\n${same}`);
  expect(text).toContain('agent-3 (member_3, weight 1.00) [wait]:');
  expect(text).toContain('A person (eva):\nMind the costs.');
  expect(text).toContain('Cite the seats');
});

const contributing = (method: 'average' | 'vote', input: PromptParts['input']): string =>
  textOf({ ask: { kind: 'contribute', method }, input });

test('a member is asked for what its method can put together', () => {
  expect(contributing('average', { question: 'How many?' })).toContain('Answer with one number');
  expect(contributing('vote', { question: 'Ship?', options: ['yes', 'no'] })).toContain(
    'Choose exactly one of the options',
  );
});
