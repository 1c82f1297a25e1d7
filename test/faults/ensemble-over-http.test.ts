import { describe, expect } from 'vitest';
import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import { test } from './engine.ts';
import { type Scripts, delayed, panel, storyOf } from './panels.ts';

const members = (...said: RehearsalEntry[]): Scripts =>
  Object.fromEntries(said.map((entry, i) => [`member_${i + 1}`, [entry]]));
const says = (choice: string, confidence: number, text = `I say ${choice}.`): RehearsalEntry => ({
  choice,
  confidence,
  text,
  reasoning: `Because ${choice}.`,
});
const OPTIONS = { question: 'Ship?', options: ['yes', 'no'] };
const NUMBER = { question: 'How many days?' };
const vote = { aggregationMethod: 'vote', diversityWeight: 0 };

describe('an ensemble over HTTP', () => {
  test('vote: the most common of the options', async ({ engine }) => {
    const said = members(says('yes', 0.9), says('no', 0.6), says('no', 0.7));

    const { output, state } = await storyOf(engine, panel('ensemble', vote, OPTIONS, said));

    expect(state).toBe('completed');
    expect(output).toEqual({
      answer: 'no',
      text: 'I say no.',
      method: 'vote',
      rounds: 1,
      value: null,
      standardDeviation: null,
      tie: null,
      cites: ['member_2', 'member_3'],
      contributions: [
        {
          slot: 'member_1',
          agent: 'member_1',
          choice: 'yes',
          value: null,
          confidence: 0.9,
          weight: 1,
        },
        {
          slot: 'member_2',
          agent: 'member_2',
          choice: 'no',
          value: null,
          confidence: 0.6,
          weight: 1,
        },
        {
          slot: 'member_3',
          agent: 'member_3',
          choice: 'no',
          value: null,
          confidence: 0.7,
          weight: 1,
        },
      ],
      standings: [
        { choice: 'no', votes: 2, weight: 2 },
        { choice: 'yes', votes: 1, weight: 1 },
      ],
      dissent: [{ slot: 'member_1', choice: 'yes', reasoning: 'Because yes.' }],
      failed: [],
    });
  });

  test('vote in free text, with a tie that the surer ones win', async ({ engine }) => {
    const said = members(
      says('Wait.', 0.5),
      says('Ship it!', 0.9),
      says('ship it', 0.2),
      says('wait', 0.5),
    );

    const { output } = await storyOf(
      engine,
      panel('ensemble', vote, { question: 'What now?' }, said),
    );

    expect(output).toMatchObject({
      answer: 'Ship it!',
      tie: { between: ['Ship it!', 'Wait.'], brokenBy: 'confidence' },
    });
  });

  test('average: who gives no number has failed, up to the threshold', async ({ engine }) => {
    const invalid = { error: 'invalid_output' } as const;
    const said = { ...members({ value: 10 }, { value: 30 }), member_3: [invalid, invalid] };
    const start = (failureThreshold: number) =>
      panel('ensemble', { aggregationMethod: 'average', failureThreshold }, NUMBER, said);

    const [fine, failed] = await Promise.all([
      storyOf(engine, start(1 / 3)),
      engine.start(start(0.33)).then((id) => engine.untilClosed(id)),
    ]);

    expect(fine.output).toMatchObject({
      answer: '20',
      value: 20,
      standardDeviation: 10,
      failed: [{ slot: 'member_3', code: 'invalid_output' }],
    });
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'too_many_failures' } });
  });

  test('weighted: numbers have a mean by confidence, words a vote', async ({ engine }) => {
    const config = { aggregationMethod: 'weighted', diversityWeight: 0 };
    const numbers = members({ value: 10, confidence: 0.75 }, { value: 30, confidence: 0.25 });
    const words = members(says('Wait.', 0.9), says('Ship it.', 0.5), says('Ship it.', 0.3));

    const [mean, most] = await Promise.all([
      storyOf(engine, panel('ensemble', config, NUMBER, numbers)),
      storyOf(engine, panel('ensemble', config, NUMBER, words)),
    ]);

    expect(mean.output).toMatchObject({ answer: '15', value: 15 });
    expect(most.output).toMatchObject({ answer: 'Wait.', value: null });
  });

  test('best_of and concat', async ({ engine }) => {
    const said = members(says('a', 0.4, 'One.'), says('b', 0.8, 'Two.'));
    const by = (aggregationMethod: string) =>
      storyOf(engine, panel('ensemble', { aggregationMethod }, NUMBER, said));

    const [best, all] = await Promise.all([by('best_of'), by('concat')]);

    expect(best.output).toMatchObject({ answer: 'b', text: 'Two.', cites: ['member_2'] });
    expect(all.output).toMatchObject({
      text: 'member_1 (member_1):\nOne.\n\nmember_2 (member_2):\nTwo.',
    });
  });

  test('synthesis: one seat hears all with their weights, and cites whom it uses', async ({
    engine,
  }) => {
    const said = {
      ...members(
        says('a', 0.4, 'Alpha is the way to go.'),
        says('b', 0.8, 'Nothing like it at all.'),
      ),
      synthesizer: [{ choice: 'Both.', text: 'Do both.', cites: ['member_2'] }],
    };

    const { output, messages } = await storyOf(engine, panel('ensemble', {}, NUMBER, said));

    expect(output).toMatchObject({
      answer: 'Both.',
      text: 'Do both.',
      cites: ['member_2'],
      rounds: 2,
    });
    expect(messages.map(({ sequence, round, sender }) => [sequence, round, sender])).toEqual([
      [1, 1, 'member_1'],
      [2, 1, 'member_2'],
      [3, 2, 'synthesizer'],
    ]);
  });

  test('synthesis without a synthesizer is made by the first member’s agent, and says so', async ({
    engine,
  }) => {
    const body = panel('ensemble', {}, NUMBER, members(says('a', 0.4), says('b', 0.8)));

    const { status, body: tried } = await engine.http.post<{ notices: string[] }>(
      '/v1/executions?dryRun=true',
      body,
    );
    const { output, messages } = await storyOf(engine, body);

    expect(status).toBe(200);
    expect(JSON.stringify(tried)).toContain(
      'No seat synthesizer: the agent of member_1 takes it too.',
    );
    expect(messages.at(-1)).toMatchObject({ sender: 'synthesizer', round: 2 });
    expect(output).toMatchObject({ cites: ['member_1', 'member_2'] });
  });

  test('abstentions are neither answers nor failures', async ({ engine }) => {
    const said = members({ abstain: true }, { abstain: true });
    const strict = { ...vote, failureThreshold: 0 };

    const { output, state } = await storyOf(engine, panel('ensemble', strict, OPTIONS, said));

    expect(state).toBe('completed');
    expect(output).toMatchObject({ answer: null, contributions: [], failed: [] });
  });

  test('says the same whoever is faster', async ({ engine }) => {
    const said = members(says('yes', 0.9), says('no', 0.6), says('no', 0.7), says('yes', 0.1));
    const start = (...delays: number[]) => panel('ensemble', vote, OPTIONS, delayed(said, delays));

    const [first, second] = await Promise.all([
      storyOf(engine, start(300, 0, 200, 100)),
      storyOf(engine, start(0, 300, 100, 200)),
    ]);

    expect(first.state).toBe('completed');
    expect(second).toEqual(first);
  });

  test('one seat, and 200', async ({ engine }) => {
    const crowd = Array.from({ length: 200 }, (_, i) => says(i < 120 ? 'yes' : 'no', 0.5));

    const [alone, all] = await Promise.all([
      storyOf(engine, panel('ensemble', vote, OPTIONS, members(says('no', 0.5)))),
      storyOf(engine, panel('ensemble', vote, OPTIONS, members(...crowd))),
    ]);

    expect(alone.output).toMatchObject({ answer: 'no' });
    expect(all.output).toMatchObject({
      answer: 'yes',
      standings: [
        { choice: 'yes', votes: 120 },
        { choice: 'no', votes: 80 },
      ],
    });
    expect(all.messages.map(({ sender }) => sender)).toEqual(
      Array.from({ length: 200 }, (_, i) => `member_${i + 1}`),
    );
  });
});
