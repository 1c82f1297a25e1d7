import { expect } from 'vitest';
import { startFakeOpenAi } from '../support/fake-openai.ts';
import { estimateTokens } from '../../workflows/domain/tokens.ts';
import { test as base } from './engine.ts';

const WINDOW = 4_000;
const MAX_TOKENS = 600;
const SEATS = ['member_1', 'member_2', 'member_3', 'member_4'];

const long = (slot: string) => `${slot} begins. ${`${slot} goes on. `.repeat(300)}`;
const rehearsing = (slot: string) => ({
  name: slot,
  config: {
    models: [{ provider: 'rehearsal', model: 'rehearsal-1' }],
    rehearsal: { script: [{ choice: slot, text: long(slot) }] },
  },
});
const synthesizer = {
  slot: 'synthesizer',
  agent: {
    name: 'sue',
    config: { models: [{ provider: 'narrow', model: 'small' }], maxTokens: MAX_TOKENS },
  },
};
const ensemble = {
  type: 'ensemble',
  config: { aggregationMethod: 'synthesis' },
  members: [...SEATS.map((slot) => ({ slot, agent: rehearsing(slot) })), synthesizer],
};
const compound = {
  type: 'compound',
  config: {
    compositionType: 'parallel',
    aggregationMethod: 'synthesis',
    children: SEATS.map((name) => ({
      name,
      topology: {
        type: 'pipeline',
        config: { stages: ['say'] },
        members: [{ slot: 'say', agent: rehearsing(name) }],
      },
    })),
  },
  members: [synthesizer],
};

const test = base.extend('narrow', { scope: 'file' }, async ({ engine }, { onCleanup }) => {
  const fake = await startFakeOpenAi();
  onCleanup(() => fake[Symbol.asyncDispose]());
  const { status } = await engine.http.post('/v1/providers', {
    name: 'narrow',
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'none',
    models: [{ name: 'small', contextWindow: WINDOW, maxOutputTokens: MAX_TOKENS }],
  });
  expect(status).toBe(201);
  return fake;
});

test.for([
  ['members', ensemble],
  ['children', compound],
] as const)(
  'a synthesizer whose model is too small for all that its %s say hears a part of each',
  async ([, inline], { engine, narrow }) => {
    const id = await engine.start({ inline, input: { question: 'What is to be done?' } });

    const closed = await engine.untilClosed(id);

    expect(closed.state, JSON.stringify(closed.error)).toBe('completed');
    const call = narrow.calls.find(({ idempotencyKey }) => idempotencyKey?.startsWith(id));
    const asked = call!.body.messages.map(({ content }) => content).join('\n');
    for (const slot of SEATS) expect(asked).toMatch(new RegExp(`${slot} begins\\. .* \\[… cut\\]`));
    expect(estimateTokens(asked)).toBeLessThanOrEqual(WINDOW - MAX_TOKENS);
    expect(estimateTokens(asked), 'most of the room is used').toBeGreaterThan(WINDOW / 2);
    // What was said is kept whole, and the call shows what was really asked.
    const messages = await engine.messagesOf(id);
    for (const [i, slot] of SEATS.entries())
      expect(messages[i]!.content.text.trim()).toContain(long(slot).trim());
    const calls = await engine.callsOf(id);
    const shown = await engine.http.get<{ asked: { messages: readonly { text: string }[] } }>(
      `/v1/executions/${id}/calls/${calls.at(-1)!.id}`,
    );
    expect(asked).toContain(shown.body.asked.messages[0]!.text);
  },
);
