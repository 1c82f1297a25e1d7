import { MikroORM } from '@mikro-orm/postgresql';
import supertest from 'supertest';
import { expect } from 'vitest';
import { createApp } from '../../api/app.ts';
import { ormConfig } from '../../infra/db/orm.config.ts';
import { makeProcessMetrics } from '../../infra/telemetry/process-metrics.ts';
import { type MetricsPage, parseMetrics } from '../support/metrics.ts';
import { type Engine, inlineAgent, startDebate, test as base } from './executions-fixtures.ts';
import type { Caller } from './support.ts';

/** A new app each time: what is read is not an answer of two seconds ago. */
const test = base.extend('metrics', async ({ api }) => async (): Promise<MetricsPage> => {
  const res = await supertest(createApp(api.deps)).get('/metrics').expect(200);
  expect(res.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseMetrics(res.text);
});

/** What was added between two readings, without what stayed the same. */
function added(before: MetricsPage, after: MetricsPage): Record<string, number> {
  const names = new Set([...before.values.keys(), ...after.values.keys()]);
  const changes = [...names]
    .filter((name) => /^conclave_\w+_total/.test(name))
    .map((name) => [name, (after.values.get(name) ?? 0) - (before.values.get(name) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, value]) => value !== 0));
}

test('a debate is counted: turns, calls, tokens, cost, states', async ({ engine, metrics }) => {
  const ada = await engine.caller();
  const before = await metrics();
  const play = engine.play(ada, await startDebate(ada));
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });
  await play.fail({ slot: 'debater_2', sequence: 2 });
  await play.complete();

  const after = await metrics();

  const rehearsal = 'model="rehearsal",provider="rehearsal"';
  expect(added(before, after)).toEqual({
    'conclave_turns_total{outcome="spoken"}': 1,
    'conclave_turns_total{outcome="model_refused"}': 1,
    [`conclave_calls_total{${state('succeeded')}}`]: 1,
    [`conclave_calls_total{${state('failed')}}`]: 1,
    [`conclave_tokens_total{direction="input",${rehearsal}}`]: 200,
    [`conclave_tokens_total{direction="output",${rehearsal}}`]: 40,
    [`conclave_cost_usd_total{${rehearsal}}`]: expect.closeTo(0.0005),
    'conclave_execution_states_total{state="queued"}': 1,
    'conclave_execution_states_total{state="preparing"}': 1,
    'conclave_execution_states_total{state="running"}': 1,
    'conclave_execution_states_total{state="completed"}': 1,
  });
  const durations = (suffix: string) =>
    after.values.get(`conclave_call_duration_seconds_${suffix}`);
  expect(durations('bucket{le="0.1",provider="rehearsal"}')).toBe(2);
  expect(durations('bucket{le="+Inf",provider="rehearsal"}')).toBe(2);
  expect(durations('count{provider="rehearsal"}')).toBe(2);
  expect(durations('sum{provider="rehearsal"}')).toBeCloseTo(0.024);
  expect(after.values.get('conclave_database_up')).toBe(1);
});
const state = (value: string) => `model="rehearsal",provider="rehearsal",state="${value}"`;

test('what is added up for good is counted once, and still there when its rows are gone', async ({
  api,
  engine,
  metrics,
}) => {
  const ada = await engine.caller();
  const id = await startDebate(ada);
  const play = engine.play(ada, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1 });
  const before = await metrics();
  // Ids carry the time: these rows become an hour old.
  for (const table of ['llm_call', 'execution_state_history'])
    await api.sql(
      `update conclave.${table} set id = overlay(conclave.uuid_floor(now() - interval '1 hour')::text placing right(id::text, 20) from 17)::uuid`,
    );
  await api.sql('truncate conclave.metric_total');

  const [settling, settled] = [await metrics(), await metrics()];
  await api.sql('delete from conclave.llm_call where execution_id = $1', [id]);
  const without = await metrics();

  expect(added(before, settling)).toEqual({});
  expect(added(settling, settled)).toEqual({});
  expect(added(settled, without)).toEqual({});
  const [row] = await api.sql<{ n: number }>(
    "select count(*)::int as n from conclave.metric_total where name = 'conclave_calls_total'",
  );
  expect(row!.n).toBeGreaterThan(0);
});

test('readings at once add up nothing twice', async ({ api, metrics }) => {
  await api.sql('truncate conclave.metric_total');
  const expected = await metrics();
  await api.sql('truncate conclave.metric_total');

  const readings = await Promise.all(Array.from({ length: 12 }, () => metrics()));

  for (const reading of [...readings, await metrics()])
    expect(added(expected, reading)).toEqual({});
});

/** One turn of a debate with this model. */
async function speak(engine: Engine, caller: Caller, config: object): Promise<void> {
  const members = [1, 2].map((n) => ({
    slot: `debater_${n}`,
    agent: inlineAgent(`agent_${n}`, config),
  }));
  const id = await startDebate(caller, {
    inline: { type: 'debate', config: { consensusMethod: 'majority', maxRounds: 2 }, members },
  });
  const play = engine.play(caller, id);
  await play.prepare();
  await play.speak({ slot: 'debater_1', sequence: 1, isRehearsal: false });
}

test('owners, their providers and their models are in no label, however many there are', async ({
  api,
  engine,
  metrics,
}) => {
  const speakOnce = async (index: number) => {
    const ada = await engine.caller();
    const name = `secret-corp-${index}`;
    await ada
      .post('/v1/providers', {
        name,
        providerType: 'openai_compatible',
        apiEndpoint: 'https://192.0.32.1/v1',
        authType: 'none',
        models: [{ name: `model-of-${index}` }],
      })
      .expect(201);
    const config = { models: [{ provider: name, model: `model-of-${index}` }] };
    await speak(engine, ada, config);
  };
  await speakOnce(0);
  const few = await metrics();

  for (let index = 1; index <= 20; index += 1) await speakOnce(index);
  const many = await metrics();

  expect([...many.values.keys()].toSorted()).toEqual([...few.values.keys()].toSorted());
  const names = [...many.values.keys()].join('\n');
  expect(names).not.toMatch(/secret-corp|model-of/);
  const key = 'conclave_calls_total{model="private",provider="private",state="succeeded"}';
  expect(many.values.get(key)! - few.values.get(key)!).toBe(20);
  await api.sql('delete from conclave.provider_config');
  expect((await metrics()).values.get(key)).toBe(many.values.get(key));
});

test('shared providers and the models that they list are named', async ({
  api,
  engine,
  metrics,
}) => {
  const operator = await api.caller({ roles: ['operator'] });
  await operator
    .post('/v1/providers', {
      name: 'house',
      providerType: 'openai_compatible',
      apiEndpoint: 'https://192.0.32.1/v1',
      authType: 'none',
      models: [{ name: 'large' }],
      shared: true,
    })
    .expect(201);
  const ada = await engine.caller();
  const config = { models: [{ provider: 'house', model: 'large' }] };
  await speak(engine, ada, config);

  const { values } = await metrics();

  expect(values.get('conclave_calls_total{model="large",provider="house",state="succeeded"}')).toBe(
    1,
  );
});

test('without the database the process still shows itself, and says that the rest is missing', async ({
  api,
}) => {
  const orm = await MikroORM.init(ormConfig('postgres://nobody:none@127.0.0.1:9/none'));
  const app = createApp({ ...api.deps, orm, metrics: makeProcessMetrics('api') });

  const res = await supertest(app).get('/metrics');

  const { values } = parseMetrics(res.text);
  expect(res.status).toBe(200);
  expect(values.get('conclave_database_up')).toBe(0);
  expect([...values.keys()].some((name) => name.startsWith('process_cpu'))).toBe(true);
  await orm.close();
});
