import { describe, expect } from 'vitest';
import type { StreamedEvent } from '../support/http-client.ts';
import { debate } from './debates.ts';
import { test } from './engine.ts';

const says = (choice: string, text: string, confidence = 0.8) => ({
  choice,
  text,
  confidence,
  reasoning: `Because ${choice}.`,
  chunkDelayMs: 5,
});

const friday = debate({
  question: 'Ship on Friday?',
  options: ['yes', 'no'],
  config: { maxRounds: 3, consensusMethod: 'majority', convergenceThreshold: 1 },
  debaters: [
    {
      latencyMs: 400,
      script: [
        says('yes', 'Ship it, users are waiting.'),
        says('no', 'You are right, it can wait.'),
      ],
    },
    {
      latencyMs: 400,
      script: [says('no', 'Nobody is here on Saturday.'), says('no', 'Still no.')],
    },
    { latencyMs: 400, script: [says('no', 'The tests are red.'), says('no', 'They still are.')] },
  ],
});

describe('a debate over HTTP', () => {
  test('with options: goes on until all agree, and says who voted for what', async ({ engine }) => {
    const id = await engine.start(friday);

    const closed = await engine.untilClosed(id);

    expect(closed.state).toBe('completed');
    expect(closed.output).toMatchObject({ answer: 'no', converged: true, rounds: 2, agreement: 1 });
    expect(closed.output!.votes.map(({ slot, choice }) => [slot, choice])).toEqual([
      ['debater_1', 'no'],
      ['debater_2', 'no'],
      ['debater_3', 'no'],
    ]);
    expect(closed.usage).toMatchObject({
      calls: 6,
      repeatedCalls: 0,
      failedCalls: 0,
      rehearsal: true,
    });
    const messages = (await engine.messagesOf(id)).toSorted((a, b) => a.sequence - b.sequence);
    expect(messages.map(({ round, sender }) => [round, sender.slot])).toEqual([
      [1, 'debater_1'],
      [1, 'debater_2'],
      [1, 'debater_3'],
      [2, 'debater_1'],
      [2, 'debater_2'],
      [2, 'debater_3'],
    ]);
    expect(messages[0]!.content.text).toBe('Ship it, users are waiting.');
    expect(messages[3]!.content.text).toBe('You are right, it can wait.');
  });

  test('in free text: a judge finds the same position in other words, and the mediator decides', async ({
    engine,
  }) => {
    const id = await engine.start(
      debate({
        question: 'When do we ship?',
        config: { maxRounds: 1, consensusMethod: 'mediator', convergenceThreshold: 1 },
        debaters: [
          { script: [{ choice: 'On Monday.', text: 'Monday is best.' }] },
          { script: [{ choice: 'on monday', text: 'I say Monday too.' }] },
          { script: [{ choice: 'On Friday.', text: 'Friday, users are waiting.' }] },
        ],
        mediator: { script: [{}, { choice: 'On Monday.', text: 'Monday it is.' }] },
      }),
    );

    const closed = await engine.untilClosed(id);

    expect(closed.error).toBeNull();
    expect(closed.state).toBe('completed');
    expect(closed.output).toMatchObject({ answer: 'On Monday.', text: 'Monday it is.' });
    const choices = closed.output!.votes.map(({ choice }) => choice);
    expect(choices[0]).toBe(choices[1]);
    expect(choices[2]).not.toBe(choices[0]);
  });

  test('is watched as it is spoken: first words, messages, the end', async ({ engine }) => {
    const id = await engine.start(friday);

    const events: StreamedEvent[] = [];
    for await (const event of engine.http.events(`/v1/executions/${id}/events`)) events.push(event);

    const at = (kind: string): number => events.findIndex(({ event }) => event === kind);
    expect(at('token')).toBeGreaterThanOrEqual(0);
    expect(at('token')).toBeLessThan(at('message'));
    expect(at('end')).toBe(events.length - 1);
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed' });
    const stored = events.flatMap(({ id: position }) =>
      position === null ? [] : [Number(position)],
    );
    expect(stored).toEqual([...new Set(stored)].toSorted((a, b) => a - b));
    const messages = events.filter(({ event }) => event === 'message');
    expect(new Set(messages.map(({ data }) => data['sequence']))).toEqual(
      new Set([1, 2, 3, 4, 5, 6]),
    );
    for (const { data } of messages)
      expect(streamedText(events, data['sequence'])).toBe(textOf(data));
  });

  test('a stream that was broken off goes on where it stopped', async ({ engine }) => {
    const id = await engine.start(friday);
    await engine.untilClosed(id);
    const path = `/v1/executions/${id}/events`;
    const all = await Array.fromAsync(engine.http.events(path));
    const messages = all.filter(({ event }) => event === 'message');
    const third = messages[2]!;

    const rest = await Array.fromAsync(engine.http.events(path, third.id!));

    expect(rest.filter(({ event }) => event === 'message')).toEqual(messages.slice(3));
    expect(rest.at(-1)!.event).toBe('end');
  });
});

/** What a reader has put together of a turn's pieces; a piece that does not continue the last is a gap. */
function streamedText(events: readonly StreamedEvent[], sequence: unknown): string {
  let text = '';
  for (const { event, data } of events) {
    if (event !== 'token' || data['sequence'] !== sequence) continue;
    expect(data['index']).toBe(text.length);
    text += String(data['text']);
  }
  return text;
}

const textOf = (message: StreamedEvent['data']): string =>
  (message['content'] as { text: string }).text;
