import { describe, expect } from 'vitest';
import type { Definition } from '../../workflows/contract/definition.ts';
import { inlineAgent, test } from './executions-fixtures.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agent: inlineAgent(slot) }));
const three = seats('checker_1', 'checker_2', 'checker_3');
const start = (type: string, config: object, members: object[], input: object) => ({
  inline: { type, config, members },
  input,
});

describe('a start that is refused', () => {
  test.for<[string, object, string[]]>([
    [
      'a crosscheck of nothing',
      start('crosscheck', {}, three, { question: 'Is it?' }),
      ['input.artifact'],
    ],
    [
      'as many checkers as are not configured, and nothing to check: both are told',
      start('crosscheck', { numCheckers: 2 }, three, { task: 'Check.' }),
      ['inline.members', 'input.artifact'],
    ],
    [
      'more specialities than checkers',
      start('crosscheck', { checkerSpecializations: ['a', 'b', 'c', 'd'] }, three, {
        artifact: 'This.',
      }),
      ['inline.config.checkerSpecializations'],
    ],
    ['an ensemble of nobody', start('ensemble', {}, [], { question: 'Why?' }), ['inline.members']],
    [
      'a seat that an ensemble does not have',
      start('ensemble', {}, seats('member_1', 'mediator'), { question: 'Why?' }),
      ['inline.members.1.slot'],
    ],
    [
      'a threshold beyond everybody',
      start('ensemble', { failureThreshold: 1.5 }, seats('member_1'), { question: 'Why?' }),
      ['inline.config.failureThreshold'],
    ],
  ])('%s', async ([, body, paths], { engine }) => {
    const ada = await engine.caller();

    const res = await ada.post('/v1/executions', body).expect(400);

    expect(res.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
  });
});

test('a topology is saved and validated without an artifact, and started with one', async ({
  engine,
}) => {
  const ada = await engine.caller();
  await ada.post('/v1/agents', { name: 'eve' }).expect(201);
  const members = three.map(({ slot }) => ({ slot, agent: 'eve' }));
  const saved = {
    name: 'review',
    description: 'Three look at it.',
    type: 'crosscheck',
    config: {},
    members,
  };

  const { body } = await ada.post('/v1/topologies', saved).expect(201);

  await ada.post(`/v1/topologies/${body.id}/validate`).expect(200);
  await ada
    .post('/v1/executions', { topology: 'review', input: { artifact: 'This.' } })
    .expect(202);
  await ada.post('/v1/executions', { topology: 'review', input: { task: 'Do.' } }).expect(400);
});

test('specialities stand in the seats by position, a synthesizer beside the member who takes it', async ({
  api,
  engine,
}) => {
  const ada = await engine.caller();
  const definitionOf = async (body: object): Promise<Definition> => {
    const res = await ada.post('/v1/executions', body).expect(202);
    const [row] = await api.sql<{ definition: Definition }>(
      'select definition from conclave.execution where id = $1',
      [res.body.id],
    );
    return row!.definition;
  };
  const turned = three.map((member, i) => ({ ...member, position: 2 - i }));
  const config = { checkerSpecializations: ['cost'] };

  const check = await definitionOf(start('crosscheck', config, turned, { artifact: 'This.' }));
  const merged = await definitionOf(start('ensemble', {}, seats('member_1'), { question: 'Why?' }));

  expect(check.seats.map(({ slot, agent }) => [slot, agent.description])).toEqual([
    ['checker_3', 'What you look at as a checker: cost'],
    ['checker_2', ''],
    ['checker_1', ''],
  ]);
  expect(check.config).not.toHaveProperty('checkerSpecializations');
  expect(merged).toMatchObject({ workflow: 'ensemble', synthesizerSlot: 'synthesizer' });
  expect(merged.seats.map(({ slot, agent }) => [slot, agent.name])).toEqual([
    ['member_1', 'member_1'],
    ['synthesizer', 'member_1'],
  ]);
  expect(merged.notices).toContain('No seat synthesizer: the agent of member_1 takes it too.');
});
