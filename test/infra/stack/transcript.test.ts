import { expect, test } from 'vitest';
import { serverSentEvents } from '../../../infra/stack/server-sent-events.ts';
import { Transcript } from '../../../infra/stack/transcript.ts';

/** A transcript, and what is on the screen. */
function screen() {
  let text = '';
  const names = new Map([
    ['debater_1', 'Ada'],
    ['debater_2', 'Bo'],
  ]);
  const transcript = new Transcript((piece) => (text += piece), names);
  return { transcript, shown: () => text };
}
const turn = (sequence: number, state = 'calling', round = 1) => ({
  sequence,
  slot: `debater_${sequence}`,
  round,
  state,
});
const message = (sequence: number, text: string, round = 1) => ({
  sequence,
  round,
  sender: { slot: `debater_${sequence}` },
  content: { text },
});

test('the first is shown while it speaks, the second when it is its turn', () => {
  const { transcript, shown } = screen();
  transcript.turn(turn(1));
  transcript.turn(turn(2));

  transcript.token({ sequence: 2, index: 0, text: 'No.' });
  transcript.token({ sequence: 1, index: 0, text: 'Yes, ' });
  expect(shown()).toBe('\n── round 1 ──\n\nAda: Yes, ');

  transcript.message(message(1, 'Yes, but.'));
  transcript.message(message(2, 'No.'));
  expect(shown()).toBe('\n── round 1 ──\n\nAda: Yes, but.\n\nBo: No.\n');
});

test('the order is that of the seats, whoever is announced first', () => {
  const { transcript, shown } = screen();
  transcript.turn(turn(2));
  transcript.token({ sequence: 2, index: 0, text: 'No' });
  expect(shown()).toBe('');

  transcript.turn(turn(1));
  transcript.message(message(2, 'No.'));
  transcript.message(message(1, 'Yes.'));

  expect(shown()).toBe('\n── round 1 ──\n\nAda: Yes.\n\nBo: No.\n');
});

test('one of whom nothing is heard is waited for until the next round, or the end', () => {
  const { transcript, shown } = screen();
  transcript.message(message(2, 'No.'));
  expect(shown()).toBe('');

  transcript.turn(turn(3, 'calling', 2));
  expect(shown()).toContain('Bo: No.');

  transcript.message(message(5, 'Agreed.', 2));
  expect(shown()).not.toContain('Agreed.');
  transcript.end();
  expect(shown()).toContain('Agreed.');
});

test('missed pieces are filled by the finished message, and nothing is said twice', () => {
  const { transcript, shown } = screen();
  transcript.token({ sequence: 1, index: 0, text: 'One ' });
  transcript.token({ sequence: 1, index: 8, text: 'three' });

  transcript.message(message(1, 'One two three'));
  transcript.message(message(1, 'One two three'));
  transcript.token({ sequence: 1, index: 0, text: 'One ' });

  expect(shown()).toContain(': One two three\n');
  expect(shown().match(/One/g)).toHaveLength(1);
});

test('an attempt that began anew and says something else is shown from its beginning', () => {
  const { transcript, shown } = screen();
  transcript.turn(turn(1));
  transcript.token({ sequence: 1, index: 0, text: 'Yes' });

  transcript.reset(1);
  transcript.token({ sequence: 1, index: 0, text: 'Never' });
  transcript.message(message(1, 'Never.'));

  expect(shown()).toContain('Ada: Yes …\n\nAda: Never.\n');
});

test('a seat that failed does not keep the others from being heard', () => {
  const { transcript, shown } = screen();
  transcript.turn(turn(1));
  transcript.message(message(2, 'No.'));
  expect(shown()).toBe('');

  transcript.turn(turn(1, 'failed'));

  expect(shown()).toContain('Bo: No.');
});

test('events are read whole however the stream is cut', async () => {
  const stream =
    'retry: 1000\n\n: hello\n\nevent: token\nid: 7\ndata: {"a":1}\n\ndata: x\ndata: y\r\n\r\nevent: end\ndata: {}\n\nevent: lost';
  const pieces = async function* (size: number) {
    for (let at = 0; at < stream.length; at += size) yield stream.slice(at, at + size);
  };

  for (const size of [1, 3, 7, 1_000])
    expect(await Array.fromAsync(serverSentEvents(pieces(size)))).toEqual([
      { event: 'token', data: '{"a":1}' },
      { event: 'message', data: 'x\ny' },
      { event: 'end', data: '{}' },
    ]);
});
