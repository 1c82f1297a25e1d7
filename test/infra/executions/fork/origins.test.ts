import { expect, test } from 'vitest';
import type { OriginMessage } from '../../../../infra/executions/fork/kept-messages.ts';
import { type Origin, originOf, withChanges } from '../../../../infra/executions/fork/origins.ts';
import type { Definition } from '../../../../workflows/contract/definition.ts';

type Row = Parameters<typeof originOf>[0];

const SOLO: Definition = { workflow: 'soloAgent', config: {}, seats: [], notices: [] };
const compoundOf = (...names: string[]): Definition => ({
  workflow: 'compound',
  config: { compositionType: 'sequential', aggregationMethod: 'concat' },
  parts: names,
  stepCount: 0,
  defaultPart: null,
  synthesizerSlot: null,
  seats: [],
  notices: [],
  children: names.map((name) => ({
    name,
    topologyId: null,
    input: null,
    when: null,
    definition: SOLO,
  })),
});

/** Executions are named by where they are: `root`, `root/a`, `root/a/x`. */
const row = (id: string, state: Row['state'] = 'running', definition: Definition = SOLO): Row => ({
  id,
  parentExecutionId: id.includes('/') ? id.slice(0, id.lastIndexOf('/')) : null,
  parentSlot: id.slice(id.lastIndexOf('/') + 1),
  state,
  definition,
  input: { task: 'Find out.' },
});
const spoken = (sequence: number, more: Partial<OriginMessage> = {}): OriginMessage => ({
  id: `message-${sequence}`,
  executionId: '',
  sequence,
  round: 1,
  type: 'response',
  slot: 'say',
  content: { text: 'Words.' },
  output: null,
  failureCode: null,
  isResult: false,
  isAnswer: false,
  ask: null,
  before: null,
  calls: 1,
  rehearsal: true,
  edited: false,
  ...more,
});
const failed = spoken(1, { failureCode: 'model_refused' });
const result = spoken(1, { isResult: true, slot: null });

function taken(
  rows: readonly Row[],
  namedId: string,
  said: Readonly<Record<string, readonly OriginMessage[]>>,
  wentOn: readonly string[] = [],
): Readonly<Record<string, readonly number[]>> {
  const prefixes = { said: new Map(Object.entries(said)), wentOn: new Set(wentOn) };
  const shown = ({ execution, kept, children }: Origin<Row>): [string, number[]][] => [
    [execution.id, kept.map(({ sequence }) => sequence)],
    ...children.flatMap(shown),
  ];
  return Object.fromEntries(shown(originOf(rows[0]!, rows, namedId, prefixes)));
}

test('who had said nothing by then is left out, with all inside; who is on the way stays', () => {
  const rows = ['root', 'root/a', 'root/a/x', 'root/b', 'root/c', 'root/c/y'].map((id) => row(id));

  const kept = taken(rows, 'root/a/x', {
    'root/a/x': [spoken(1), spoken(2)],
    'root/b': [spoken(1)],
  });

  expect(kept).toEqual({ root: [], 'root/a': [], 'root/a/x': [1, 2], 'root/b': [1] });
});

test('a turn that came to nothing is tried anew, but not in what was over by then', () => {
  const rows = [
    row('root'),
    row('root/over', 'completed'),
    row('root/later', 'completed'),
    row('root/failed', 'failed'),
    row('root/named'),
  ];
  const turns = [failed, spoken(2)];
  const said = {
    'root/over': turns,
    'root/later': turns,
    'root/failed': turns,
    'root/named': turns,
  };

  const kept = taken(rows, 'root/named', said, ['root/later']);

  expect(kept).toEqual({
    root: [],
    'root/over': [1, 2],
    'root/later': [2],
    'root/failed': [2],
    'root/named': [2],
  });
});

test('what failed in a whole that was over, or whose results were posted, stays failed', () => {
  const over = [
    row('root'),
    row('root/group', 'completed'),
    row('root/group/a', 'failed'),
    row('root/named'),
  ];
  const posted = [row('root'), row('root/a', 'failed'), row('root/b', 'completed')];

  const inGroup = taken(over, 'root/named', {
    'root/group/a': [failed],
    'root/named': [spoken(1)],
  });
  const beforeResults = taken(posted, 'root', { root: [result], 'root/a': [failed] });

  expect(inGroup).toMatchObject({ 'root/group/a': [1] });
  expect(beforeResults).toEqual({ root: [1], 'root/a': [1] });
});

test('a compound that went on below was not over', () => {
  const rows = [
    row('root'),
    row('root/group', 'completed'),
    row('root/group/a', 'failed'),
    row('root/group/b', 'completed'),
    row('root/named'),
  ];
  const said = {
    'root/group/a': [failed, spoken(2)],
    'root/group/b': [spoken(1)],
    'root/named': [spoken(1)],
  };

  const kept = taken(rows, 'root/named', said, ['root/group/b']);

  expect(kept).toMatchObject({ 'root/group/a': [2], 'root/group/b': [1] });
});

test('answers to gates are never kept', () => {
  const rows = [row('root'), row('root/over', 'completed'), row('root/named')];
  const answer = spoken(1, { isAnswer: true, type: 'interjection', slot: null });
  const said = { 'root/over': [answer, spoken(2)], 'root/named': [answer, spoken(2)] };

  expect(taken(rows, 'root/named', said)).toMatchObject({ 'root/over': [2], 'root/named': [2] });
});

test('a change stands in the execution, and in the definitions of all that it is part of', () => {
  const rows = [
    row('root', 'running', compoundOf('a', 'b')),
    row('root/a', 'running', compoundOf('x')),
    row('root/a/x'),
  ];
  const said = new Map([['root/a/x', [spoken(1)]]]);
  const origin = originOf(rows[0]!, rows, 'root/a/x', { said, wentOn: new Set() });
  const definition = { ...SOLO, notices: ['Changed.'] };

  const changed = withChanges(origin, 'root/a/x', { definition, input: { task: 'Another.' } });

  const leaf = changed.children[0]!.children[0]!;
  expect(leaf).toMatchObject({ definition, input: { task: 'Another.' }, kept: [{ sequence: 1 }] });
  expect(changed).toMatchObject({ input: { task: 'Find out.' } });
  const [a, b] = changed.definition.children!;
  expect(a!.definition.children![0]!.definition).toEqual(definition);
  expect(b!.definition).toEqual(SOLO);
  expect(origin.definition).toEqual(compoundOf('a', 'b'));
});
