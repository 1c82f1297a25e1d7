import { describe, expect } from 'vitest';
import type { Caller } from './support.ts';
import { test } from './executions-fixtures.ts';

type Body = Readonly<Record<string, unknown>>;

const pipeline = (name: string): Body => ({
  name,
  description: 'One stage.',
  type: 'pipeline',
  config: { stages: ['say'] },
  members: [{ slot: 'say', template: 'speaker' }],
});
const compound = (name: string, config: Body): Body => ({
  name,
  description: 'Several.',
  type: 'compound',
  config,
});
const nesting = (name: string, child: string) => compound(name, { subTopologies: [child] });

/** A caller with a published template `speaker` and a saved pipeline `leaf`. */
async function equipped(api: { caller(): Promise<Caller> }): Promise<Caller> {
  const caller = await api.caller();
  const template = await caller
    .post('/v1/agent-templates', {
      name: 'speaker',
      description: 'Speaks.',
      role: 'specialist',
      config: {},
      approvalRequired: false,
    })
    .expect(201);
  await caller
    .post(`/v1/agent-templates/${template.body.id}/versions/1.0.0/publish`, {})
    .expect(200);
  await caller.post('/v1/topologies', pipeline('leaf')).expect(201);
  return caller;
}

const save = async (caller: Caller, body: Body): Promise<string> => {
  const { body: saved } = await caller.post('/v1/topologies', body).expect(201);
  return saved.id as string;
};
const dryRun = async (caller: Caller, start: Body) => {
  const res = await caller
    .post('/v1/executions?dryRun=true', { input: { task: 'Do.' }, ...start })
    .expect(200);
  return res.body as {
    problems: { path: string; message: string }[];
    seats: { slot: string }[];
    estimate: { calls: number } | null;
  };
};

describe('a saved compound', () => {
  test('names its children, and is started with all that they have', async ({ engine }) => {
    const caller = await equipped(engine);
    await save(
      caller,
      compound('whole', {
        children: [
          { name: 'one', topology: 'leaf' },
          { name: 'two', topology: 'leaf', input: { task: '$.children.one.output.text' } },
        ],
      }),
    );

    const { problems, seats, estimate } = await dryRun(caller, { topology: 'whole' });

    expect(problems).toEqual([]);
    expect(seats.map(({ slot }) => slot)).toEqual(['one/say', 'two/say']);
    expect(estimate).toMatchObject({ calls: 6 });
  });

  test('means what it meant when it was saved, whatever names do', async ({ engine }) => {
    const caller = await equipped(engine);
    const whole = await save(caller, nesting('whole', 'leaf'));
    const leaf = (await caller.get('/v1/topologies?name=leaf')).body.items[0];
    await caller.patch(`/v1/topologies/${leaf.id}`, { name: 'renamed' }).expect(200);

    const { problems } = await dryRun(caller, { topology: whole });
    await caller.patch(`/v1/topologies/${whole}`, { description: 'Changed.' }).expect(200);
    await caller.delete(`/v1/topologies/${leaf.id}`).expect(204);
    const validated = await caller.post(`/v1/topologies/${whole}/validate`, {}).expect(200);

    expect(problems).toEqual([]);
    expect(validated.body).toMatchObject({
      valid: false,
      problems: [
        {
          path: 'config.children.0.topology',
          message: 'The topology "renamed" is archived; take another one.',
        },
      ],
    });
    await caller.post('/v1/executions', { topology: whole, input: { task: 'Do.' } }).expect(409);
  });

  test('has no children written inline, and none that are not there', async ({ engine }) => {
    const caller = await equipped(engine);
    const inline = { type: 'pipeline', config: { stages: ['say'] } };

    const res = await caller
      .post(
        '/v1/topologies',
        compound('whole', {
          children: [
            { name: 'one', topology: inline },
            { name: 'two', topology: 'nowhere' },
          ],
        }),
      )
      .expect(400);

    expect(res.body.errors).toMatchObject([
      { path: 'config.children.0.topology', message: expect.stringContaining('starts only') },
      { path: 'config.children.1.topology', message: expect.stringContaining('"nowhere"') },
    ]);
  });

  test('cannot hold itself, at whatever distance, and is told the circle', async ({ engine }) => {
    const caller = await equipped(engine);
    const inner = await save(caller, nesting('inner', 'leaf'));
    await save(caller, nesting('middle', 'inner'));
    await save(caller, nesting('outer', 'middle'));

    const circle = await caller
      .patch(`/v1/topologies/${inner}`, { config: { subTopologies: ['outer'] } })
      .expect(400);
    const own = await caller
      .patch(`/v1/topologies/${inner}`, { config: { subTopologies: ['inner'] } })
      .expect(400);

    expect(circle.body.errors[0].message).toBe(
      'Topologies cannot hold each other in a circle: inner → outer → middle → inner.',
    );
    expect(own.body.errors[0].message).toContain('inner → inner');
  });

  test('nests five deep and no deeper, counted from the top', async ({ engine }) => {
    const caller = await equipped(engine);
    const ids: string[] = [];
    for (let level = 1; level <= 5; level++)
      ids.push(
        await save(caller, nesting(`level_${level}`, level === 1 ? 'leaf' : `level_${level - 1}`)),
      );

    const deeper = await caller.post('/v1/topologies', nesting('level_6', 'level_5')).expect(400);
    await save(caller, nesting('more', 'leaf'));
    const below = await caller
      .patch(`/v1/topologies/${ids[0]}`, { config: { subTopologies: ['more'] } })
      .expect(400);
    const { problems, seats } = await dryRun(caller, { topology: 'level_5' });

    expect(deeper.body.errors[0].message).toContain('5 deep');
    expect(below.body.errors[0].message).toContain('5 deep');
    expect(problems).toEqual([]);
    expect(seats).toEqual([
      expect.objectContaining({ slot: 'level_4/level_3/level_2/level_1/leaf/say' }),
    ]);
  });
});

test('what is wrong with children is told at the place where it stands', async ({ engine }) => {
  const caller = await equipped(engine);
  const children = [
    { name: 'one', topology: { type: 'pipeline', config: { stages: ['a'] }, members: [] } },
    { name: 'two', topology: { type: 'debate', config: { maxRounds: 11 } } },
  ];

  const res = await caller
    .post('/v1/executions', {
      inline: { type: 'compound', config: { children } },
      input: { task: 'Do.' },
    })
    .expect(400);

  expect(res.body.errors.map(({ path }: { path: string }) => path)).toEqual([
    'inline.config.children.0.topology.members',
    'inline.config.children.1.topology.config.maxRounds',
  ]);
});

const wide = (name: string, child: string) =>
  compound(name, {
    compositionType: 'parallel',
    children: Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, topology: child })),
  });

test('nesting cannot multiply without end', async ({ engine }) => {
  const caller = await equipped(engine);
  await save(caller, wide('wide_1', 'leaf'));
  await save(caller, wide('wide_2', 'wide_1'));

  const { problems } = await dryRun(caller, { topology: 'wide_2' });

  expect(problems).toEqual([
    expect.objectContaining({ message: expect.stringContaining('more than 200') }),
  ]);
});
