import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { type FakeOpenAi, startFakeOpenAi } from '../support/fake-openai.ts';
import type { StreamedEvent } from '../support/http-client.ts';
import type { Role } from '../support/system.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';

const KILLS = 12;
const VICTIMS: readonly Role[] = ['inference', 'orchestration', 'api', 'relay'];
const TURNS = 20;
/** Shorter than the provider takes for an answer, so that the call that was awaited is in flight. */
const CALL_MS = 150;
/** Of the provider's pieces, some sixty to an answer. */
const TOKEN_MS = 4;

/** One number says when everybody dies; the same number repeats a failure. */
const SEED = Number(process.env['CONCLAVE_FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** A small generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function startProvider(
  engine: Engine,
  name: string,
): Promise<{ fake: FakeOpenAi; body: unknown }> {
  const fake = await startFakeOpenAi({ tokenDelayMs: TOKEN_MS });
  onTestFinished(() => fake[Symbol.asyncDispose]());
  const model = { provider: name, model: 'small' };
  await engine.http.post('/v1/providers', {
    name: model.provider,
    providerType: 'openai_compatible',
    apiEndpoint: fake.url,
    authType: 'none',
    models: [{ name: model.model, contextWindow: 64_000 }],
  });
  const body = debate({
    question: 'Rewrite it?',
    options: ['yes', 'no', 'later'],
    config: { maxRounds: 4, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: Array.from({ length: 5 }, () => ({ model })),
  });
  return { fake, body };
}

/** Waits until the provider has been called `count` times for an execution. */
async function callsOf({ calls }: FakeOpenAi, id: string, count: number): Promise<void> {
  const own = () => calls.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(id));
  await expect
    .poll(() => own().length, { interval: 5, timeout: 30_000 })
    .toBeGreaterThanOrEqual(count);
}

/** All that was said, in order, without what differs from run to run. */
async function transcript(engine: Engine, id: string) {
  const messages = await engine.messagesOf(id);
  return messages
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(({ sequence, round, type, sender, content }) => ({
      sequence,
      round,
      type,
      slot: sender.slot,
      content,
    }));
}

/** Holds the provider's own log against the ledger: every call more than one is a counted repeat, none came after the outcome. */
async function expectEachRepeatCounted(
  engine: Engine,
  fake: FakeOpenAi,
  id: string,
): Promise<void> {
  const ledger = await engine.callsOf(id);
  const log = fake.calls.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(id));
  expect(log.length).toBeGreaterThanOrEqual(TURNS);
  for (const [key, calls] of Map.groupBy(log, ({ idempotencyKey }) => idempotencyKey)) {
    const rows = ledger.filter((row) => row.key === key);
    const outcome = rows.filter(({ state }) => state === 'succeeded');
    expect(outcome).toHaveLength(1);
    expect(rows.filter(({ repeatOf }) => repeatOf !== null).length).toBeGreaterThanOrEqual(
      calls.length - 1,
    );
    const committedAt = Date.parse(outcome[0]!.completedAt!);
    for (const { at } of calls) expect(Date.parse(at)).toBeLessThanOrEqual(committedAt);
  }
}

test(
  `kill -9 at any moment changes nothing of what is said (CONCLAVE_FAULTS_SEED=${SEED})`,
  { timeout: 300_000 },
  async ({ engine }) => {
    const random = randomFrom(SEED);
    const { fake, body } = await startProvider(engine, 'slow');
    const undisturbed = await engine.start(body);
    expect((await engine.untilClosed(undisturbed)).state).toBe('completed');
    const expected = await transcript(engine, undisturbed);
    expect(expected).toHaveLength(TURNS);

    let repeats = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const victim = VICTIMS[kill % VICTIMS.length]!;
      const id = await engine.start(body);
      await callsOf(fake, id, Math.ceil(random() * TURNS));
      await sleep(random() * CALL_MS);
      await engine.system.kill(victim);
      await engine.system.start(victim);

      const closed = await engine.untilClosed(id);

      expect(closed.error, `killed ${victim}`).toBeNull();
      expect(closed.state).toBe('completed');
      expect(closed.usage.calls).toBe(TURNS);
      expect(await transcript(engine, id)).toEqual(expected);
      await expectEachRepeatCounted(engine, fake, id);
      const told = await Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`));
      expect(told.filter(({ event }) => event === 'message')).toHaveLength(TURNS);
      repeats += closed.usage.repeatedCalls;
    }
    // Three of the deaths are inference's, each with a call in flight.
    expect(repeats).toBeGreaterThan(0);
  },
);

test('who watches through deaths of the API and the relay is told everything once, in order', async ({
  engine,
}) => {
  const { body } = await startProvider(engine, 'watched');
  const id = await engine.start(body);
  const path = `/v1/executions/${id}/events`;
  const told: StreamedEvent[] = [];
  const lastId = (): string | undefined =>
    told.findLast((event) => event.id !== null)?.id ?? undefined;

  const deaths = (async () => {
    for (const victim of ['api', 'relay', 'api'] as const) {
      await sleep(500);
      await engine.system.kill(victim);
      await engine.system.start(victim);
    }
  })();
  while (told.at(-1)?.event !== 'end') {
    try {
      for await (const event of engine.http.events(path, lastId())) told.push(event);
    } catch {
      await sleep(50); // the API is dead: a reader comes back
    }
  }
  await deaths;

  const messages = told.filter(({ event }) => event === 'message');
  const sequences = messages.map(({ data }) => Number(data['sequence']));
  expect(sequences.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: TURNS }, (_, i) => i + 1),
  );
  const rounds = messages.map(({ data }) => Number(data['round']));
  expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
  const positions = messages.map((event) => Number(event.id));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});
