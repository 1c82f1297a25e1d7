import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { HttpClient } from '../support/http-client.ts';
import type { InteractionBody, Page } from './bodies.ts';
import { debate } from './debates.ts';
import { type Engine, test } from './engine.ts';
import { SEED, TIER, randomFrom } from './seed.ts';

const CLIENTS = 10;
const EXECUTIONS = TIER === 1 ? 10 : 100;
const KILLS = TIER === 1 ? 4 : 20;
const SECONDS = TIER === 1 ? 200 : 900;

/** What a client was told: of which question, and what became of its answer. */
interface Told {
  readonly interactionId: string;
  readonly decision: string;
  /** Null: the API died before it answered. */
  readonly status: number | null;
}

const yes = { script: [{ choice: 'yes', confidence: 0.9, text: 'Yes.' }] };
const gated = {
  ...debate({
    question: 'Release?',
    options: ['yes', 'no'],
    config: { maxRounds: 1, consensusMethod: 'majority' },
    debaters: [yes, yes],
  }),
  gates: [{ before: 'completion', approvers: ['role:approver'] }],
};

/** A user with the role that is asked, and a key. */
async function approver(engine: Engine, name: string): Promise<HttpClient> {
  const user = await engine.http.post<{ id: string }>('/v1/users', {
    username: name,
    email: `${name}@example.org`,
    roles: ['approver'],
  });
  const scopes = ['read', 'approve'];
  const key = await engine.http.post<{ key: string }>(`/v1/users/${user.body.id}/api-keys`, {
    name,
    scopes,
  });
  return engine.as(key.body.key);
}

/** Answers open questions at random, as long as there is work, and writes down what it was told. */
async function answerAll(http: HttpClient, random: () => number, isOver: () => boolean) {
  const told: Told[] = [];
  while (!isOver()) {
    const page = await http
      .get<Page<InteractionBody>>('/v1/interactions?for=me&state=pending&limit=200')
      .catch(() => null);
    const open = page?.status === 200 ? page.body.items : [];
    const question = open[Math.floor(random() * open.length)];
    if (question) {
      const decision = random() < 0.5 ? 'approve' : 'reject';
      const { id: interactionId, contentHash } = question;
      const answer = await http
        .post(`/v1/interactions/${interactionId}/responses`, { decision, contentHash })
        .catch(() => null);
      told.push({ interactionId, decision, status: answer?.status ?? null });
    }
    await sleep(20 + random() * 100);
  }
  return told;
}

test(
  `${EXECUTIONS} gates answered at random by ${CLIENTS} at once, through deaths: each is decided once, none is lost (CONCLAVE_FAULTS_SEED=${SEED})`,
  { timeout: SECONDS * 1_000 },
  async ({ engine }) => {
    const random = randomFrom(SEED);
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => approver(engine, `approver-${i}`)),
    );
    const ids: string[] = [];
    for (let i = 0; i < EXECUTIONS; i++) ids.push(await engine.start(gated));

    let isOver = false;
    const answering = clients.map((http, i) => answerAll(http, randomFrom(SEED + i), () => isOver));
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(random() * 500);
      const victim = kill % 2 === 0 ? 'api' : 'orchestration';
      await engine.system.kill(victim);
      await engine.startRole(victim);
    }
    const ended = await Promise.all(ids.map((id) => engine.untilClosed(id)));
    isOver = true;
    const told = (await Promise.all(answering)).flat();

    for (const execution of ended) {
      const { body } = await engine.http.get<Page<InteractionBody>>(
        `/v1/interactions?execution=${execution.id}`,
      );
      const [question, ...more] = body.items;
      expect(more).toEqual([]);
      expect(question).toMatchObject({ state: 'answered', responses: [expect.anything()] });
      const decision = question!.decision;
      const own = told.filter(({ interactionId }) => interactionId === question!.id);
      const counted = own.filter(({ status }) => status === 200);
      expect(counted.length).toBeLessThanOrEqual(1);
      expect(counted.map((each) => each.decision)).toEqual(counted.map(() => decision));
      // Where nobody was told that it counts, the API died with the answer.
      const isAccountedFor = counted.length === 1 || own.some(({ status }) => status === null);
      expect(isAccountedFor).toBe(true);
      expect(execution.state).toBe(decision === 'approve' ? 'completed' : 'failed');
      expect(execution.error?.code ?? null).toBe(decision === 'approve' ? null : 'rejected');
    }
    expect(new Set(told.map(({ status }) => status))).toContain(200);
  },
);

test('pause stops between turns, resume goes on, also when orchestration dies in between', async ({
  engine,
}) => {
  const slow = { ...yes, latencyMs: 300 };
  const body = debate({
    question: 'Release?',
    options: ['yes', 'no'],
    config: { maxRounds: 4, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: [slow, slow],
  });
  const id = await engine.start(body);
  await expect
    .poll(async () => (await engine.messagesOf(id)).length, { timeout: 30_000 })
    .toBeGreaterThan(0);

  expect(await engine.http.post(`/v1/executions/${id}/pause`, {})).toMatchObject({
    status: 202,
    body: { state: 'paused' },
  });
  await sleep(1_000);
  const said = (await engine.messagesOf(id)).length;
  await engine.system.kill('orchestration');
  await engine.startRole('orchestration');
  await sleep(1_000);
  expect((await engine.messagesOf(id)).length).toBe(said);
  expect(said).toBeLessThan(8);
  expect((await engine.http.post(`/v1/executions/${id}/resume`, {})).status).toBe(202);

  expect(await engine.untilClosed(id)).toMatchObject({ state: 'completed' });
  expect(await engine.messagesOf(id)).toHaveLength(8);
  const told = await Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`, '0'));
  const states = told.filter(({ event }) => event === 'state').map(({ data }) => data['state']);
  expect(states.slice(-4)).toEqual(['running', 'paused', 'running', 'completed']);
});
