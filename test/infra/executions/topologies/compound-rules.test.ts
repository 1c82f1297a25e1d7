import { describe, expect, test } from 'vitest';
import { estimate } from '../../../../infra/executions/estimate.ts';
import { compoundRules } from '../../../../infra/executions/topologies/compound-rules.ts';
import { childrenOf, CompoundConfig } from '../../../../workflows/contract/compound.schema.ts';
import type { ChildDefinition, Definition } from '../../../../workflows/contract/definition.ts';
import { rehearsingAgent } from '../../../support/work.ts';

type Written = Readonly<Record<string, unknown>>;

const when = { path: '$.input.context', op: 'exists' };
const child = (name: string, more: Written = {}) => ({ name, topology: 'saved', ...more });
const parse = (compositionType: string, children: readonly Written[], more: Written = {}) =>
  CompoundConfig.parse({ compositionType, children, ...more });
const paths = (config: CompoundConfig, ...slots: string[]) =>
  compoundRules
    .check(
      config,
      slots.map((slot) => ({ slot, agentName: null })),
      (field) => field,
    )
    .map(({ path }) => path);

const many = (n: number) => Array.from({ length: n }, (_, i) => child(`child_${i + 1}`));

describe('the configuration', () => {
  test.for<[Written, boolean]>([
    [{ children: many(1) }, true],
    [{ children: many(20) }, true],
    [{ children: many(21) }, false],
    [{ children: [] }, false],
    [{}, false],
    [{ subTopologies: ['one'] }, true],
    [{ subTopologies: ['one'], children: many(1) }, false],
    [{ subTopologies: ['1st'] }, false],
    [{ children: [child('1st')] }, false],
    [{ children: [child('__proto__')] }, false],
    [{ children: [{ name: 'a' }] }, false],
    [{ children: many(1), compositionType: 'random' }, false],
    [{ children: many(1), aggregationMethod: 'guess' }, false],
    [{ children: [child('a', { input: {} })] }, false],
    [{ children: [child('a', { input: { question: '$.input.task' } })] }, true],
    [{ children: [child('a', { input: { question: 'input.task' } })] }, false],
    [{ children: [child('a', { input: { question: '$.input[0]' } })] }, false],
    [{ children: [child('a', { input: { question: '$.children.b.input' } })] }, false],
    [{ children: [child('a', { input: { title: '$.input.task' } })] }, false],
    [
      { children: [child('a', { when: { path: '$.input.task', op: 'matches', value: 'x' } })] },
      false,
    ],
    [{ children: [child('a', { when: { path: '$.input.task', op: 'gt', value: '1' } })] }, false],
    [{ children: [child('a', { when: { path: '$.input.task', op: 'in', value: [] } })] }, false],
    [
      { children: [child('a', { when: { path: '$.input.task', op: 'in', value: ['x', 1] } })] },
      true,
    ],
    [
      { children: [child('a', { when: { path: '$.input.task', op: 'eq', value: { a: 1 } } })] },
      false,
    ],
  ])('%j is accepted: %s', ([config, isAccepted]) => {
    expect(CompoundConfig.safeParse(config).success).toBe(isAccepted);
  });

  test('the short form names the children as their topologies', () => {
    expect(childrenOf(CompoundConfig.parse({ subTopologies: ['draft', 'review'] }))).toEqual([
      { name: 'draft', topology: 'draft' },
      { name: 'review', topology: 'review' },
    ]);
  });
});

const read = (name: string) => ({ input: { task: `$.children.${name}.output.text` } });

describe('what fits together', () => {
  test('a sequence may read what came before, and nothing later', () => {
    expect(paths(parse('sequential', [child('a'), child('b', read('a'))]))).toEqual([]);
    expect(paths(parse('sequential', [child('a', read('b')), child('b', read('b'))]))).toEqual([
      'config.children.0.input.task',
      'config.children.1.input.task',
    ]);
    expect(paths(parse('parallel', [child('a'), child('b', read('a'))]))).toEqual([
      'config.children.1.input.task',
    ]);
    expect(paths(parse('sequential', [child('a'), child('a')]))).toEqual([
      'config.children.1.name',
    ]);
  });

  test('conditions and a default belong to a conditional, a method to parallel ones', () => {
    const config = parse('sequential', [child('a', { when })], {
      default: 'a',
      aggregationMethod: 'vote',
    });

    expect(paths(config)).toEqual([
      'config.aggregationMethod',
      'config.default',
      'config.children.0.when',
    ]);
    expect(paths(parse('parallel', [child('a')], { aggregationMethod: 'vote' }))).toEqual([]);
  });

  test('a conditional has steps, then branches, and one default without a condition', () => {
    const ok = parse('conditional', [child('step'), child('a', { when }), child('b')], {
      default: 'b',
    });
    const after = { path: '$.children.step.output.answer', op: 'eq', value: 'x' };

    expect(paths(ok)).toEqual([]);
    expect(compoundRules.plan(ok, [])).toMatchObject({ stepCount: 1, defaultPart: 'b' });
    expect(paths(parse('conditional', [child('step'), child('a', { when: after })]))).toEqual([]);
    expect(paths(parse('conditional', [child('a'), child('b')]))).toEqual(['config.children']);
    expect(paths(parse('conditional', [child('a', { when }), child('b')]))).toEqual([
      'config.children.1',
    ]);
    expect(paths(parse('conditional', [child('a', { when })], { default: 'c' }))).toEqual([
      'config.default',
    ]);
    expect(paths(parse('conditional', [child('a', { when })], { default: 'a' }))).toEqual([
      'config.children.0.when',
    ]);
    const branch = { path: '$.children.a.output.answer', op: 'eq', value: 'x' };
    expect(
      paths(parse('conditional', [child('a', { when }), child('b', { when: branch })])),
    ).toEqual(['config.children.1.when.path']);
  });

  test('nobody sits in a compound but a synthesizer where one is needed', () => {
    const synthesis = parse('parallel', [child('a')], { aggregationMethod: 'synthesis' });

    expect(paths(synthesis, 'synthesizer')).toEqual([]);
    expect(paths(synthesis)).toEqual(['members']);
    expect(paths(synthesis, 'synthesizer', 'synthesizer')).toEqual(['members.1.slot']);
    expect(paths(parse('sequential', [child('a')]), 'synthesizer')).toEqual(['members.0.slot']);
  });
});

const solo = (name: string, maxTokens: number): ChildDefinition => ({
  name,
  topologyId: null,
  input: null,
  when: null,
  definition: {
    workflow: 'soloAgent',
    config: {},
    seats: [{ slot: 'agent', position: 0, weight: 1, agent: rehearsingAgent(name, { maxTokens }) }],
    notices: [],
  },
});
const whole = (config: CompoundConfig, children: readonly ChildDefinition[]): Definition => ({
  ...compoundRules.plan(config, []),
  seats: [],
  notices: [],
  children,
});

describe('the estimate', () => {
  const input = { task: 'Write.' };
  const two = [solo('a', 100), solo('b', 10)];

  test('is the sum of the children, and in a sequence each hears the ones before', () => {
    const names = [child('a'), child('b')];
    const alone = two.map(({ definition }) => estimate(definition, input).inputTokens);
    const both = alone[0]! + alone[1]!;

    const inOrder = estimate(whole(parse('sequential', names), two), input);
    const atOnce = estimate(whole(parse('parallel', names), two), input);

    expect(inOrder).toMatchObject({ calls: 2, outputTokens: 110, inputTokens: both + 100 });
    expect(atOnce).toMatchObject({ calls: 2, outputTokens: 110, inputTokens: both });
  });

  test('of branches counts the dearest', () => {
    const config = parse('conditional', [child('a', { when }), child('b')], { default: 'b' });

    expect(estimate(whole(config, two), input)).toMatchObject({ calls: 1, outputTokens: 100 });
  });
});
