import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as DatabaseClient } from 'pg';
import { expect } from 'vitest';
import { CRASH_POINTS, type CrashPoint } from '../../infra/faults/crash-point.ts';
import { SWEEP_SCHEDULE_ID } from '../../workflows/contract/names.ts';
import { test as base } from '../support/fixtures.ts';
import { quietTemporal } from '../support/quiet.ts';
import type { Role } from '../support/system.ts';
import { AFTER_EVERY_ROUND, startOwnServer } from '../workflows/own-server.ts';
import type { InteractionBody, Page } from './bodies.ts';
import { debate as debateOf } from './debates.ts';
import { type Engine, startEngine } from './engine.ts';
import { type Judge, seatJudge } from './judge.ts';
import { type SlowDebate, slowDebate } from './slow-debate.ts';

/** Longer than the sweep leaves alone what the API may be starting. */
const GRACE_MS = 11_000;
/** Longer than it leaves alone an answer that is being told of. */
const ANSWER_GRACE_MS = 6_000;

const test = base
  .extend('server', { scope: 'file' }, async ({}, { onCleanup }) => {
    quietTemporal();
    // Every debate goes on in a new run after each round.
    const server = await startOwnServer(AFTER_EVERY_ROUND);
    onCleanup(() => server.teardown());
    return server;
  })
  .extend('hits', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'conclave-hits-'));
    onCleanup(() => rm(folder, { recursive: true }));
    const path = join(folder, 'hits');
    await writeFile(path, '');
    return path;
  })
  .extend(
    'engine',
    { scope: 'file' },
    async ({ database, server }, { onCleanup }): Promise<Engine> => {
      const started = await startEngine({ database, temporal: { address: server.address } });
      onCleanup(() => started.stop());
      return started.engine;
    },
  )
  .extend('scene', async ({ engine, hits, database }) => {
    const restart = async (role: Role, point?: CrashPoint, n = 1): Promise<void> => {
      await engine.system.kill(role);
      const planted = { CONCLAVE_FAULTS: `${point}:${n}`, CONCLAVE_FAULTS_LOG: hits };
      await engine.startRole(role, point && planted);
    };
    /** Lets a role run into its points, one after the other, each time started anew; at last it goes on for good. */
    const dieAt = async (role: Role, points: readonly CrashPoint[]): Promise<void> => {
      for (const next of [...points.slice(1), undefined]) {
        await engine.system.gone(role);
        await restart(role, next);
      }
    };
    return { engine, hits, databaseUrl: database.adminUrl, restart, dieAt };
  });

const judged = async (
  scene: { readonly engine: Engine; readonly databaseUrl: string },
  name: string,
): Promise<{ debate: SlowDebate; judge: Judge }> => {
  const debate = await slowDebate(scene.engine, name, { seats: 3, rounds: 4 });
  return { debate, judge: await seatJudge({ ...scene, debate }) };
};

test('a turn may die between any two of its steps', { timeout: 200_000 }, async ({ scene }) => {
  const { engine, restart, dieAt } = scene;
  const { debate, judge } = await judged(scene, 'turns');
  const points = ['t1', 't2', 't4', 't5', 't6', 't7'] as const;
  await restart('inference', points[0]);

  const id = await engine.start(debate.body);
  await dieAt('inference', points);

  const { usage } = await judge.expectSound(id);
  expect(usage.repeatedCalls).toBeGreaterThan(0);
});

test(
  'a workflow may die where it goes on in a new run, and while it writes its ending',
  { timeout: 200_000 },
  async ({ scene }) => {
    const { engine, restart, dieAt } = scene;
    const { debate, judge } = await judged(scene, 'endings');
    const points = ['w2', 'w3_written', 'w3_committed'] as const;
    await restart('orchestration', points[0]);

    const id = await engine.start(debate.body);
    await dieAt('orchestration', points);

    const { usage } = await judge.expectSound(id);
    expect(usage.repeatedCalls).toBe(0);
  },
);

test('a relay may die before and after it tells', { timeout: 200_000 }, async ({ scene }) => {
  const { engine, restart, dieAt } = scene;
  const { debate, judge } = await judged(scene, 'relays');
  await restart('relay', 'r1');

  const id = await engine.start(debate.body);
  const told = Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`));
  await dieAt('relay', ['r1', 'r2']);

  await judge.expectSound(id);
  expect((await told).filter(({ event }) => event === 'message')).toHaveLength(debate.turns);
});

test(
  'a start may die at any step: asked again with its key, it is one execution, which the sweep starts',
  { timeout: 300_000 },
  async ({ scene, server }) => {
    const { engine, restart, databaseUrl } = scene;
    const { debate, judge } = await judged(scene, 'starts');
    const start = (key: string) =>
      engine.http.post<{ id: string }>('/v1/executions', debate.body, { 'idempotency-key': key });
    const startDyingAt = async (point: CrashPoint): Promise<string> => {
      await restart('api', point);
      await expect(start(point)).rejects.toThrow('fetch failed');
      await engine.system.gone('api');
      await restart('api');
      const { status, body } = await start(point);
      expect(status).toBe(202);
      return body.id;
    };

    const before = await countExecutions(databaseUrl);
    const ids = [await startDyingAt('a4'), await startDyingAt('a2'), await startDyingAt('a1')];
    await restart('orchestration', 's1');
    await sleep(GRACE_MS);
    await server.client.schedule.getHandle(SWEEP_SCHEDULE_ID).trigger();
    await engine.system.gone('orchestration');
    await restart('orchestration');

    for (const id of ids) await judge.expectSound(id);
    expect(new Set(ids).size).toBe(3);
    expect(await countExecutions(databaseUrl)).toBe(before + 3);
  },
);

test(
  'an API may die before it tells the workflow what a person said: the sweep tells it, once',
  { timeout: 200_000 },
  async ({ scene, server }) => {
    const { engine, restart } = scene;
    const line = { choice: 'yes', text: 'Yes.' };
    const id = await engine.start(
      debateOf({
        question: 'Ship?',
        options: ['yes', 'no'],
        config: { maxRounds: 2, consensusMethod: 'majority', allowEarlyTermination: false },
        debaters: [{ script: [{ ...line, delayMs: 45_000 }, line] }, { script: [line] }],
      }),
    );
    await expect.poll(() => engine.messagesOf(id), { timeout: 20_000 }).toHaveLength(1);
    const say = () =>
      engine.http.post(
        `/v1/executions/${id}/interject`,
        { text: 'Stop and think.' },
        { 'idempotency-key': 'said-once' },
      );

    await restart('api', 'i1');
    await expect(say()).rejects.toThrow('fetch failed');
    await engine.system.gone('api');
    await restart('api');
    const again = await say();
    await sleep(GRACE_MS);
    await server.client.schedule.getHandle(SWEEP_SCHEDULE_ID).trigger();
    await engine.untilClosed(id);

    expect(again.status).toBe(202);
    const messages = await engine.messagesOf(id);
    expect(messages.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'response'],
      [2, 'response'],
      [3, 'interjection'],
      [4, 'response'],
      [5, 'response'],
    ]);
  },
);

test(
  'a question may die when it is asked, when more people are asked, and when it is answered',
  { timeout: 300_000 },
  async ({ scene, server }) => {
    const { engine, restart, dieAt } = scene;
    const { debate } = await judged(scene, 'gates');
    // Later than the question is found again by whoever asks it after the death.
    const escalation = [{ to: ['role:approver'], afterSeconds: 25 }];
    const gates = [{ before: 'start', approvers: ['owner', 'role:admin'], escalation }];
    await restart('orchestration', 'g1');

    const id = await engine.start({ ...debate.body, gates });
    await dieAt('orchestration', ['g1', 'g2']);
    const question = await escalated(engine, id);
    await restart('api', 'a3');
    const answer = { decision: 'approve', contentHash: question.contentHash };
    const respond = () => engine.http.post(`/v1/interactions/${question.id}/responses`, answer);
    await expect(respond()).rejects.toThrow('fetch failed');
    await engine.system.gone('api');
    await restart('api');
    expect((await respond()).status).toBe(409);
    await sleep(ANSWER_GRACE_MS);
    await server.client.schedule.getHandle(SWEEP_SCHEDULE_ID).trigger();

    expect(await engine.untilClosed(id)).toMatchObject({ state: 'completed' });
    expect((await engine.messagesOf(id)).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: debate.turns }, (_, i) => i + 1),
    );
    const { body } = await engine.http.get<Page<InteractionBody>>(
      `/v1/interactions?execution=${id}`,
    );
    expect(body.items).toMatchObject([{ level: 1, state: 'answered', responses: [{}] }]);
  },
);

test('every crash point was hit', ({ scene }) => {
  const log = readFileSync(scene.hits, 'utf8');
  const hit = new Set([...log.matchAll(/^crash point (\w+):/gm)].map(([, name]) => name));
  expect(hit).toEqual(new Set(CRASH_POINTS));
});

/** The question that is open, once it was escalated. */
async function escalated(engine: Engine, id: string): Promise<InteractionBody> {
  const path = `/v1/interactions?execution=${id}&state=pending`;
  for (;;) {
    const { body } = await engine.http.get<Page<InteractionBody>>(path);
    const question = body.items.find(({ level }) => level > 0);
    if (question) return question;
    await sleep(100);
  }
}

async function countExecutions(url: string): Promise<number> {
  const client = new DatabaseClient(url);
  await client.connect();
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from conclave.execution',
  );
  await client.end();
  return rows[0]!.n;
}
