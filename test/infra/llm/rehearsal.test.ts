import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJSONSchema } from 'zod';
import type { ModelRequest } from '../../../activities/ports/models.ts';
import { makeRehearsal } from '../../../infra/llm/rehearsal.ts';
import { answerSchema } from '../../../workflows/contract/answers.schema.ts';
import type { RehearsalEntry } from '../../../workflows/contract/rehearsal.schema.ts';
import type { Ask } from '../../../workflows/contract/turns.ts';
import { AGENT_ROLES } from '../../../workflows/domain/enums.ts';
import { aRequest, listener, scriptOf } from './requests.ts';

const rehearsal = makeRehearsal();
const ask = (request: ModelRequest) => rehearsal.complete(request, listener().options);

const POSITION = { kind: 'position', round: 1, maxRounds: 3 } as const satisfies Ask;
const MEDIATE: Ask = { kind: 'mediate', round: 1, mayContinue: true };
const GROUP: Ask = { kind: 'group', round: 1, sequences: [1, 2, 3] };

/** A request for what `kind` asks, with the schema that a turn would have. */
function structured(
  kind: Ask,
  options: readonly string[],
  rest: Parameters<typeof aRequest>[0] = {},
) {
  const schema = answerSchema(kind, options)!;
  const request = aRequest({
    ...rest,
    schema: { name: kind.kind, json: toJSONSchema(schema) },
    rehearsal: { ask: kind, options, ...rest.rehearsal },
  });
  return { schema, request };
}

/** What a seat with this script answers in free text. */
async function answerTo(kind: Ask, ...script: RehearsalEntry[]): Promise<unknown> {
  const { request } = structured(kind, [], { rehearsal: { script: scriptOf(...script) } });
  return (await ask(request)).structured;
}

const scripted = (entry: RehearsalEntry, rest: Parameters<typeof aRequest>[0] = {}) =>
  structured(POSITION, ['yes', 'no'], {
    ...rest,
    rehearsal: { script: scriptOf(entry), ...rest.rehearsal },
  }).request;

/** The share of the largest group among 40 debaters in this round. */
async function largestGroup(round: number): Promise<number> {
  const choices = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const { request } = structured({ ...POSITION, round }, ['a', 'b', 'c'], {
        rehearsal: { slot: `debater_${i}`, seed: `0/${i}/${round}` },
      });
      return ((await ask(request)).structured as { choice: string }).choice;
    }),
  );
  const sizes = [...Map.groupBy(choices, (choice) => choice).values()].map(({ length }) => length);
  return Math.max(...sizes) / choices.length;
}

describe('without a script', () => {
  const anyAsk = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((round): Ask => ({ ...POSITION, round })),
    fc.boolean().map((mayContinue): Ask => ({ kind: 'mediate', round: 1, mayContinue })),
  );
  const anyOptions = fc.oneof(
    fc.constant([]),
    fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 5 }),
  );

  test('every role answers every ask validly, and the same again', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyAsk,
        anyOptions,
        fc.constantFrom(...AGENT_ROLES),
        fc.string(),
        async (kind, options, role, seed) => {
          const { schema, request } = structured(kind, options, { rehearsal: { role, seed } });

          const first = await ask(request);
          const second = await ask(request);

          expect(schema.safeParse(first.structured).error).toBeUndefined();
          expect(second.text).toBe(first.text);
        },
      ),
    );
  });

  test('seats and seeds differ', async () => {
    const texts = await Promise.all(
      ['a', 'b', 'c', 'd'].flatMap((slot) =>
        ['1', '2'].map(async (seed) => {
          const { text } = await ask(aRequest({ rehearsal: { slot, seed } }));
          return text;
        }),
      ),
    );

    expect(new Set(texts).size).toBeGreaterThan(4);
  });

  test('a debate moves towards agreement', async () => {
    expect(await largestGroup(1)).toBeLessThan(0.8);
    expect(await largestGroup(3)).toBeGreaterThan(0.8);
  });

  test('free text is what a person can read', async () => {
    const { text, structured: none } = await ask(aRequest());

    expect(text).toMatch(/^[A-Z].+\.$/);
    expect(none).toBeNull();
  });

  test('a judge puts positions with the same words together', async () => {
    const positions =
      'Question:\nA: what now?\nD: or that?\n\nPositions:\nA: Ship on Friday.\nB: Wait a week\nC: ship on  friday!';
    const { schema, request } = structured(GROUP, [], {
      messages: [
        { role: 'user', text: `${positions}\n\nPut positions that mean the same together.` },
        { role: 'assistant', text: 'A and C.' },
        { role: 'user', text: 'Answer again, and keep to the form exactly.' },
      ],
    });

    const { structured: answer } = await ask(request);

    expect(schema.parse(answer)).toEqual({ groups: [['A', 'C'], ['B']] });
  });
});

describe('a script', () => {
  test('answers call after call, and then from its first entry again', async () => {
    const script = scriptOf({ text: 'one' }, { text: 'two' });

    const texts = await Promise.all(
      [0, 1, 2, 3].map(async (callsBefore) => {
        const { text } = await ask(aRequest({ rehearsal: { script, callsBefore } }));
        return text;
      }),
    );

    expect(texts).toEqual(['one', 'two', 'one', 'two']);
  });

  test('says every field that it names', async () => {
    const entry = {
      choice: 'no',
      text: 'It leaks.',
      reasoning: 'I saw it.',
      confidence: 0.9,
      abstain: true,
    };

    const { structured: answer } = await ask(scripted(entry));

    expect(answer).toEqual(entry);
  });

  test('with only a text still gives a valid answer', async () => {
    const { schema, request } = structured(POSITION, ['yes', 'no'], {
      rehearsal: { script: scriptOf({ text: 'It leaks.' }) },
    });

    const { structured: answer } = await ask(request);

    expect(schema.parse(answer)).toMatchObject({ text: 'It leaks.' });
  });

  test('a position in free text is the choice, else the text', async () => {
    const positions = await Promise.all(
      [{ choice: 'Wait.', text: 'It leaks, so wait.' }, { text: 'It leaks.' }].map(
        async (entry) => {
          const { request } = structured(POSITION, [], { rehearsal: { script: scriptOf(entry) } });
          return (await ask(request)).structured;
        },
      ),
    );

    expect(positions).toMatchObject([{ position: 'Wait.' }, { position: 'It leaks.' }]);
  });

  test('a mediator asks for another round only where its script does', async () => {
    const wishes = await Promise.all(
      [{ anotherRound: true }, {}].map(async (entry) => {
        const { request } = structured(MEDIATE, ['yes', 'no'], {
          rehearsal: { script: scriptOf(entry) },
        });
        return (await ask(request)).structured;
      }),
    );

    expect(wishes).toMatchObject([{ anotherRound: true }, { anotherRound: false }]);
  });

  test('a number that may be left out is, unless the script has one; whom it cites is all of them', async () => {
    const weighted: Ask = { kind: 'contribute', method: 'weighted' };
    const synthesis: Ask = { kind: 'synthesize', slots: ['member_1', 'member_2'], diversity: 0 };
    expect(await answerTo(weighted)).toMatchObject({ value: null });
    expect(await answerTo(weighted, { value: 7 })).toMatchObject({ value: 7 });
    expect(await answerTo(synthesis)).toMatchObject({ cites: ['member_1', 'member_2'] });
    expect(await answerTo(synthesis, { cites: ['member_2'] })).toMatchObject({
      cites: ['member_2'],
    });
  });

  test('a checker has a verdict of its own accord, and never abstains', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const { schema, request } = structured({ kind: 'check', round: 1 }, [], {
          rehearsal: { seed: `0/${i}`, slot: `checker_${i}` },
        });
        return schema.parse((await ask(request)).structured)['verdict'];
      }),
    );

    expect(new Set(verdicts)).toEqual(new Set(['approve', 'reject']));
  });

  test('a choice that is not an option is said as it is: judging it is not the provider’s task', async () => {
    const { structured: answer } = await ask(scripted({ choice: 'maybe' }));

    expect(answer).toMatchObject({ choice: 'maybe' });
  });

  test('states its usage, or it is estimated from the characters', async () => {
    const request = aRequest({
      system: 'x'.repeat(40),
      messages: [{ role: 'user', text: 'y'.repeat(60) }],
      rehearsal: {
        script: scriptOf({ text: 'z'.repeat(20) }, { tokens: { input: 7, output: 9 } }),
      },
    });

    const { usage: estimated } = await ask(request);
    const { usage: stated } = await ask({
      ...request,
      rehearsal: { ...request.rehearsal, callsBefore: 1 },
    });

    expect(estimated).toEqual({ input: 25, cached: 0, output: 5, reasoning: 0 });
    expect(stated).toMatchObject({ input: 7, output: 9 });
  });

  test('keeps to maxTokens', async () => {
    const script = scriptOf({ text: 'word '.repeat(100), tokens: { output: 5_000 } });

    const { text, finishReason, usage } = await ask(
      aRequest({ maxTokens: 10, rehearsal: { script } }),
    );

    expect(text).toBe('word '.repeat(8));
    expect(finishReason).toBe('length');
    expect(usage.output).toBe(10);
  });
});

describe('streaming', () => {
  test('goes word by word, of a structured answer only the text', async () => {
    const { tokens, options } = listener();

    await rehearsal.complete(scripted({ choice: 'no', text: 'It leaks at night.' }), options);

    expect(tokens).toEqual(['It ', 'leaks ', 'at ', 'night.']);
  });

  test('waits between words as the entry says', async () => {
    const began = performance.now();

    await ask(scripted({ text: 'one two three four', chunkDelayMs: 40 }));

    expect(performance.now() - began).toBeGreaterThanOrEqual(115);
  });

  test('begins after latency and delay', async () => {
    const script = { ...scriptOf({ text: 'late', delayMs: 60 }), latencyMs: 40 };

    const { firstTokenMs } = await ask(aRequest({ rehearsal: { script } }));

    expect(firstTokenMs).toBeGreaterThanOrEqual(98);
  });

  test('stops when the caller gives up, with the caller’s reason', async () => {
    const caller = new AbortController();
    const { tokens, options } = listener(caller.signal);
    const reason = new Error('cancelled by a person');

    const call = rehearsal.complete(scripted({ text: 'a b c d e f', chunkDelayMs: 30 }), {
      ...options,
      onToken: (text) => {
        options.onToken(text);
        caller.abort(reason);
      },
    });

    await expect(call).rejects.toBe(reason);
    expect(tokens).toEqual(['a ']);
  });

  test('a delay beyond the time limit is a time-out', async () => {
    const call = ask(scripted({ delayMs: 5_000 }, { timeoutMs: 30 }));

    await expect(call).rejects.toMatchObject({
      code: 'model_unavailable',
      retryable: true,
      outcomeKnown: false,
    });
  });
});

describe('faults', () => {
  test.each([
    [
      'rate_limited',
      { code: 'model_unavailable', retryable: true, retryAfterMs: 200, outcomeKnown: true },
    ],
    ['server_error', { code: 'model_unavailable', retryable: true, outcomeKnown: true }],
    ['timeout', { code: 'model_unavailable', retryable: true, outcomeKnown: false }],
    ['refused', { code: 'model_refused', retryable: false }],
    ['bad_request', { code: 'model_unavailable', retryable: false }],
    ['crash_before_reply', { code: 'model_unavailable', retryable: true, outcomeKnown: false }],
  ] as const)('%s fails as a provider would', async (error, expected) => {
    await expect(ask(scripted({ error }))).rejects.toMatchObject(expected);
  });

  test('crash_before_reply answers when the call is made again', async () => {
    const request = scripted(
      { error: 'crash_before_reply', text: 'here' },
      { rehearsal: { attempt: 2 } },
    );

    const { structured: answer } = await ask(request);

    expect(answer).toMatchObject({ text: 'here' });
  });

  test('invalid_output does not have the form', async () => {
    const {
      structured: answer,
      finishReason,
      text,
    } = await ask(scripted({ error: 'invalid_output' }));

    expect(answer).toBeNull();
    expect(finishReason).toBe('stop');
    expect(text).not.toBe('');
  });

  test('truncated breaks off at its limit', async () => {
    const whole = await ask(scripted({ text: 'a long answer' }));

    const {
      text,
      structured: answer,
      finishReason,
    } = await ask(scripted({ text: 'a long answer', error: 'truncated' }));

    expect(finishReason).toBe('length');
    expect(answer).toBeNull();
    expect(whole.text.startsWith(text)).toBe(true);
  });
});

describe('tools', () => {
  const tools = [{ name: 'weather', description: '', parameters: { type: 'object' } }];
  const toolCalls = [
    { name: 'weather', arguments: { city: 'Ghent\u0000' } },
    { name: 'unknown', arguments: {} },
  ];

  test('are called as the script says, with ids of their own', async () => {
    const completion = await ask(scripted({ toolCalls }, { tools, rehearsal: { callsBefore: 2 } }));

    expect(completion).toMatchObject({ text: '', structured: null, finishReason: 'tool_calls' });
    expect(completion.toolCalls).toEqual([
      { id: 'call_2_0', name: 'weather', arguments: { city: 'Ghent' } },
      { id: 'call_2_1', name: 'unknown', arguments: {} },
    ]);
  });

  test('are not called where none are offered: the answer follows the schema', async () => {
    const completion = await ask(scripted({ toolCalls, choice: 'yes' }));

    expect(completion).toMatchObject({ toolCalls: [], finishReason: 'stop' });
    expect(completion.structured).toMatchObject({ choice: 'yes' });
  });
});
