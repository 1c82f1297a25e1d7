import supertest from 'supertest';
import { describe, expect, vi } from 'vitest';
import { configName } from '../../workflows/contract/executions.schema.ts';
import { TOPOLOGY_CONFIGS } from '../../workflows/contract/topologies.schema.ts';
import { TOPOLOGY_TYPES, type TopologyType } from '../../workflows/domain/enums.ts';
import { type Caller, test } from './support.ts';
import { type Config, NAMED, type Range, RANGES, SAVED } from './topology-ranges.ts';

// Dozens of starts are tried at once.
vi.setConfig({ testTimeout: 60_000 });

const rangesOf = (type: TopologyType) => Object.entries<Range>(RANGES[type]);
const seat = (slot: string) => ({ slot, agent: { name: 'ada' } });
const numbered = (of: string, n: number) => Array.from({ length: n }, (_, i) => `${of}_${i + 1}`);

/** The slots that a configuration needs; whatever it is, nothing is wrong with the seats. */
const SLOTS: Readonly<Record<TopologyType, (config: Config) => readonly string[]>> = {
  debate: ({ mediatorAgentName = null }) => [
    ...numbered('debater', 2),
    ...(mediatorAgentName === null ? ['mediator'] : []),
  ],
  chain: ({ authorityLevels = ['commander', 'lieutenant', 'worker'] }) =>
    authorityLevels as string[],
  delegation: () => ['coordinator', 'specialist_1'],
  crosscheck: ({ numCheckers = 3 }) => [...numbered('checker', Number(numCheckers)), 'mediator'],
  ensemble: () => ['member_1'],
  pipeline: ({ stages }) => stages as string[],
  compound: ({ aggregationMethod }) => (aggregationMethod === 'synthesis' ? ['synthesizer'] : []),
};

/** What a type's configuration cannot be without. */
const NEEDED: Partial<Record<TopologyType, Config>> = { pipeline: { stages: ['say'] } };

/** A configuration for each value of each range, in which nothing else is wrong. */
const trialsOf = (type: TopologyType) =>
  rangesOf(type).flatMap(([field, { accepted, refused, beside }]) => {
    const trial = (value: unknown, isTaken: boolean) => {
      const config: Config = { ...NEEDED[type], ...beside?.(value), [field]: value };
      return { field, value, config, isTaken };
    };
    return [
      ...accepted.map((value) => trial(value, true)),
      ...refused.map((value) => trial(value, false)),
    ];
  });

/** Where a start would be refused; nowhere: it is accepted. */
async function problemsOf(
  caller: Caller,
  start: {
    readonly type: TopologyType;
    readonly config: Config;
    readonly slots: readonly string[];
  },
): Promise<readonly string[]> {
  const { slots, ...topology } = start;
  const { body } = await caller
    .post('/v1/executions?dryRun=true', {
      inline: { ...topology, members: slots.map(seat) },
      input: { artifact: 'This.' },
    })
    .expect(200);
  return body.problems.map(({ path }: { path: string }) => path);
}

/** Somebody who has the agents and the topologies that the ranges name. */
async function equipped(api: { caller(): Promise<Caller> }, type: TopologyType): Promise<Caller> {
  const caller = await api.caller();
  for (const name of NAMED) await caller.post('/v1/agents', { name }).expect(201);
  for (const name of type === 'compound' ? SAVED : [])
    await caller
      .post('/v1/topologies', {
        name,
        description: 'One answer.',
        type: 'ensemble',
        config: { aggregationMethod: 'vote' },
        members: [{ slot: 'member_1', agent: NAMED[0] }],
      })
      .expect(201);
  return caller;
}

describe.each(TOPOLOGY_TYPES)('%s', (type) => {
  test('has no field whose range is not tried', () => {
    expect(Object.keys(RANGES[type])).toEqual(Object.keys(TOPOLOGY_CONFIGS[type].shape));
  });

  test('takes both ends of every range, and refuses what is just beyond them', async ({ api }) => {
    const caller = await equipped(api, type);
    const trials = trialsOf(type);

    const told = await Promise.all(
      trials.map(async ({ field, value, config, isTaken }) => {
        // Where a configuration is wrong, the seats are not looked at.
        const slots = isTaken ? SLOTS[type](config) : [];
        const paths = await problemsOf(caller, { type, config, slots });
        return { field, value, fields: [...new Set(paths.map(fieldAt))] };
      }),
    );

    expect(told).toEqual(
      trials.map(({ field, value, isTaken }) => ({ field, value, fields: isTaken ? [] : [field] })),
    );
  });

  test('has no other fields', async ({ api }) => {
    const caller = await api.caller();
    const config = { ...NEEDED[type], colour: 1 };

    expect(await problemsOf(caller, { type, config, slots: [] })).toContain('inline.config.colour');
  });

  test('is documented with the same ends', async ({ api }) => {
    const { body } = await supertest(api.app).get('/openapi.json').expect(200);
    const { properties } = body.components.schemas[configName(type)];

    expect(properties).toMatchObject(
      Object.fromEntries(rangesOf(type).map(([field, range]) => [field, documented(range)])),
    );
  });
});

test.for<[string, TopologyType, string, Config, readonly [number, number, number, number]]>([
  ['debaters', 'debate', 'debater', { consensusMethod: 'majority' }, [1, 2, 50, 51]],
  ['seats of a level', 'chain', 'worker', { authorityLevels: ['top', 'worker'] }, [0, 1, 8, 9]],
  ['specialists', 'delegation', 'specialist', {}, [0, 1, 50, 51]],
  ['members', 'ensemble', 'member', { aggregationMethod: 'vote' }, [0, 1, 200, 201]],
  ['checkers of 2', 'crosscheck', 'checker', { numCheckers: 2 }, [1, 2, 2, 3]],
  ['checkers of 10', 'crosscheck', 'checker', { numCheckers: 10 }, [9, 10, 10, 11]],
])('%s: so many, and no fewer or more', async ([, type, of, config, counts], { api }) => {
  const caller = await api.caller();
  const others = { chain: ['top'], delegation: ['coordinator'] }[type as string] ?? [];

  const tried = await Promise.all(
    counts.map((n) => problemsOf(caller, { type, config, slots: [...others, ...numbered(of, n)] })),
  );

  const refused = ['inline.members'];
  expect(tried).toEqual([refused, [], [], refused]);
});

/** What the document says of a range. */
function documented({ accepted }: Range): object {
  const [lowest, highest] = accepted;
  if (typeof lowest === 'number') return { minimum: lowest, maximum: highest };
  if (Array.isArray(lowest))
    return { maxItems: Math.max(...accepted.map((list) => (list as unknown[]).length)) };
  return typeof lowest === 'string' ? { enum: accepted } : {};
}

/** The field that a problem is told of. */
const fieldAt = (path: string): string => /^inline\.config\.(\w+)/.exec(path)?.[1] ?? path;
