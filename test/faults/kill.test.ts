import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import type { FakeOpenAi } from '../support/fake-openai.ts';
import type { StreamedEvent } from '../support/http-client.ts';
import type { Role } from '../support/system.ts';
import { test } from './engine.ts';
import { seatJudge } from './judge.ts';
import { SEED, randomFrom } from './seed.ts';
import { slowDebate } from './slow-debate.ts';

const KILLS = Number(process.env['CONCLAVE_FAULTS_KILLS'] ?? 12);
const SECONDS_PER_KILL = 25;
/** The first is always the one that dies first: the debate is not over then, and calls are in flight. */
const VICTIMS: readonly Role[] = ['inference', 'orchestration', 'api', 'relay'];
/** Shorter than the provider takes for an answer, so that the call that was awaited is in flight. */
const CALL_MS = 150;
/** Of a worker's work, with room for a machine that is busy otherwise. */
const HANDOVER_MS = 15_000;

/** Waits until the provider has been called `count` times for an execution. */
async function callsOf({ calls }: FakeOpenAi, id: string, count: number): Promise<void> {
  const own = () => calls.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(id));
  await expect
    .poll(() => own().length, { interval: 5, timeout: 30_000 })
    .toBeGreaterThanOrEqual(count);
}

/** Every role once, in the order in which they die, each with the call of the debate that is its last. */
function fates(random: () => number, turns: number) {
  const order = VICTIMS.map((victim, i) => ({ victim, place: i === 0 ? 0 : random() })).toSorted(
    (a, b) => a.place - b.place,
  );
  const last = VICTIMS.map(() => Math.ceil(random() * turns)).toSorted((a, b) => a - b);
  return order.map(({ victim }, i) => ({ victim, call: last[i]! }));
}

test(
  `kill -9 at any moment changes nothing of what is said (CONCLAVE_FAULTS_SEED=${SEED})`,
  { timeout: Math.max(300, KILLS * SECONDS_PER_KILL) * 1_000 },
  async ({ engine, database }) => {
    const random = randomFrom(SEED);
    const debate = await slowDebate(engine, 'slow');
    const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });

    let repeats = 0;
    for (let kills = 0; kills < KILLS; kills += VICTIMS.length) {
      const id = await engine.start(debate.body);
      for (const { victim, call } of fates(random, debate.turns)) {
        await callsOf(debate.fake, id, call);
        await sleep(random() * CALL_MS);
        await engine.system.kill(victim);
        await engine.startRole(victim);
      }

      const { usage } = await judge.expectSound(id);
      const told = await Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`));
      expect(told.filter(({ event }) => event === 'message')).toHaveLength(debate.turns);
      repeats += usage.repeatedCalls;
    }
    console.log(`${KILLS} deaths: ${repeats} calls were made again, each a row of the ledger`);
    // A quarter of the deaths are inference's, each with a call in flight.
    expect(repeats).toBeGreaterThan(0);
  },
);

test('soon after a worker has died its work goes on at another', async ({ engine, database }) => {
  const debate = await slowDebate(engine, 'handover');
  const judge = await seatJudge({ engine, debate, databaseUrl: database.adminUrl });
  const { calls } = debate.fake;
  const another = engine.beside();
  onTestFinished(() => another.stop());

  for (const victim of ['inference', 'orchestration'] as const) {
    await another.start(victim);
    const id = await engine.start(debate.body);
    await callsOf(debate.fake, id, 7);
    await engine.system.kill(victim);
    const died = performance.now();
    const before = calls.length;
    await expect
      .poll(() => calls.length, { interval: 10, timeout: HANDOVER_MS })
      .toBeGreaterThan(before);
    console.log(`${victim} died: the next turn after ${Math.round(performance.now() - died)} ms`);

    await judge.expectSound(id);
    await engine.startRole(victim);
    await another.end(victim);
  }
});

test('who watches through deaths of the API and the relay is told everything once, in order', async ({
  engine,
}) => {
  const { body, turns } = await slowDebate(engine, 'watched');
  const id = await engine.start(body);
  const path = `/v1/executions/${id}/events`;
  const told: StreamedEvent[] = [];
  const lastId = (): string | undefined =>
    told.findLast((event) => event.id !== null)?.id ?? undefined;

  const deaths = (async () => {
    for (const victim of ['api', 'relay', 'api'] as const) {
      await sleep(500);
      await engine.system.kill(victim);
      await engine.startRole(victim);
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
    Array.from({ length: turns }, (_, i) => i + 1),
  );
  const rounds = messages.map(({ data }) => Number(data['round']));
  expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
  const positions = messages.map((event) => Number(event.id));
  expect(positions).toEqual(positions.toSorted((a, b) => a - b));
});
