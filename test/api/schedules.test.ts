import { expect } from 'vitest';
import { scheduleIdOf } from '../../workflows/contract/schedules.ts';
import { debateStart, test } from './executions-fixtures.ts';
import { requestsAs } from './support.ts';

const morning = (overrides: object = {}) => ({
  name: 'morning',
  cron: '30 7 * * MON-FRI',
  timezone: 'Europe/Zurich',
  execution: debateStart(),
  ...overrides,
});

test('a schedule is made here and in Temporal, and says when it runs next', async ({
  engine,
  temporal,
}) => {
  const ada = await engine.caller();

  const made = await ada.post('/v1/schedules', morning()).expect(201);

  const { id, nextRuns } = made.body as { id: string; nextRuns: string[] };
  expect(made.headers['location']).toBe(`/v1/schedules/${id}`);
  expect(made.body).toMatchObject({ paused: false, lastError: null, lastExecutionId: null });
  expect(nextRuns).toHaveLength(5);
  for (const time of nextRuns) {
    const local = new Date(time).toLocaleString('en-GB', {
      timeZone: 'Europe/Zurich',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    });
    expect(local).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? 07:30$/);
  }
  const told = await temporal.client.schedule.getHandle(scheduleIdOf(id)).describe();
  expect(told.policies).toMatchObject({ overlap: 'ALLOW_ALL', catchupWindow: 3_600_000 });
  const read = await ada.get(`/v1/schedules/${id}`).expect(200);
  expect(read.body).toEqual(made.body);
  const list = await ada.get('/v1/schedules').expect(200);
  const { nextRuns: _next, ...summary } = made.body;
  expect(list.body.items).toEqual([summary]);
});

test('a paused schedule has no next time; resumed, changed and removed it is so in Temporal', async ({
  engine,
  temporal,
}) => {
  const ada = await engine.caller();
  const { body } = await ada.post('/v1/schedules', morning({ paused: true })).expect(201);
  const path = `/v1/schedules/${body.id}`;
  const told = () => temporal.client.schedule.getHandle(scheduleIdOf(body.id)).describe();

  expect(body.nextRuns).toEqual([]);
  expect((await told()).state.paused).toBe(true);
  const resumed = await ada.post(`${path}/resume`).expect(200);
  expect(resumed.body.nextRuns).toHaveLength(5);
  expect((await told()).state.paused).toBe(false);
  const changed = await ada.patch(path, { cron: '0 0 1 1 *', timezone: 'UTC' }).expect(200);
  expect(changed.body.nextRuns[0]).toMatch(/-01-01T00:00:00.000Z$/);
  expect(changed.body.name).toBe('morning');
  const paused = await ada.post(`${path}/pause`).expect(200);
  expect(paused.body).toMatchObject({ paused: true, nextRuns: [] });
  expect((await told()).state.paused).toBe(true);
  await ada.delete(path).expect(204);
  await expect(told()).rejects.toThrow('not found');
  await ada.get(path).expect(404);
});

test.for([
  ['four fields', { cron: '30 7 * *' }, 'cron'],
  ['a shorthand', { cron: '@daily' }, 'cron'],
  ['an hour that is none', { cron: '0 25 * * *' }, 'cron'],
  ['days of month and week', { cron: '0 7 1 * MON' }, 'cron'],
  ['an unknown time zone', { timezone: 'Europe/Atlantis' }, 'timezone'],
  ['an offset', { timezone: '+01:00' }, 'timezone'],
  ['another name of a zone, misspelt', { timezone: 'asia/kolkata' }, 'timezone'],
  [
    'a deadline',
    { execution: debateStart({ deadline: '2030-01-01T00:00:00Z' }) },
    'execution.deadline',
  ],
  [
    'an unknown agent',
    { execution: { agent: 'nobody', input: { question: 'q' } } },
    'execution.agent',
  ],
] as const)(
  '%s is refused with its place, and nothing is written',
  async ([, fields, path], { api, engine }) => {
    const ada = await engine.caller();
    const before = await api.countRows();

    const res = await ada.post('/v1/schedules', morning(fields));

    expect(res.body).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(res.body.errors.map((problem: { path: string }) => problem.path)).toContain(path);
    expect(await api.countRows()).toEqual(before);
  },
);

test('a time zone is known whatever its case, and also by another of its names', async ({
  engine,
}) => {
  const ada = await engine.caller();
  const saved = async (timezone: string) =>
    (await ada.post('/v1/schedules', morning({ name: timezone, timezone })).expect(201)).body;

  expect((await saved('europe/zurich')).timezone).toBe('Europe/Zurich');
  expect((await saved('utc')).timezone).toBe('UTC');
  expect((await saved('Asia/Kolkata')).timezone).toBe('Asia/Kolkata');
});

test('while Temporal is down nothing is made or resumed, but a pause holds', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const { body } = await ada.post('/v1/schedules', morning()).expect(201);
  // The same database; Temporal is not there.
  const cut = (path: string, sent?: object) => requestsAs(api.app, ada.key).post(path, sent);
  const before = await api.countRows();

  // Each waits for an answer of Temporal's as long as it may.
  const [made, paused] = await Promise.all([
    cut('/v1/schedules', morning({ name: 'second' })),
    cut(`/v1/schedules/${body.id}/pause`),
  ]);
  const resumed = await cut(`/v1/schedules/${body.id}/resume`);

  expect(made.body).toMatchObject({ status: 503, code: 'temporal_unavailable' });
  expect(paused.body).toMatchObject({ paused: true });
  expect(resumed.body).toMatchObject({ status: 503 });
  expect(await api.countRows()).toEqual(before);
  const read = await ada.get(`/v1/schedules/${body.id}`);
  expect(read.body).toMatchObject({ paused: true });
});

test('a name is taken once by each owner, who alone sees and changes the schedule', async ({
  engine,
}) => {
  const [ada, bob] = [await engine.caller(), await engine.caller()];
  const first = await ada.post('/v1/schedules', morning()).expect(201);

  const second = await ada.post('/v1/schedules', morning());

  expect(second.body).toMatchObject({ status: 409, code: 'conflict' });
  await bob.post('/v1/schedules', morning()).expect(201);
  const path = `/v1/schedules/${first.body.id}`;
  await bob.get(path).expect(404);
  await bob.patch(path, { name: 'mine' }).expect(404);
  await bob.post(`${path}/pause`).expect(404);
  await bob.post(`${path}/resume`).expect(404);
  await bob.delete(path).expect(404);
  expect((await ada.get(path)).body).toEqual(first.body);
});

test('an admin stops the schedule of somebody who no longer can', async ({
  api,
  engine,
  temporal,
}) => {
  const ada = await engine.caller();
  const admin = requestsAs(engine.app, (await api.caller({ roles: ['admin'] })).key);
  const { id } = (await ada.post('/v1/schedules', morning()).expect(201)).body;
  await api.sql("update conclave.user_account set roles = '{viewer}' where id = $1", [ada.id]);
  const path = `/v1/schedules/${id}`;
  const told = () => temporal.client.schedule.getHandle(scheduleIdOf(id)).describe();

  await ada.post(`${path}/pause`).expect(403);
  await admin.post(`${path}/pause`).expect(200);
  expect((await ada.get(path).expect(200)).body.paused).toBe(true);
  expect((await told()).state.paused).toBe(true);
  await admin.delete(path).expect(204);
  await expect(told()).rejects.toThrow('not found');
});
