import { describe, expect, test } from 'vitest';
import { crosscheckRules } from '../../../../infra/executions/topologies/crosscheck-rules.ts';
import { CrosscheckConfig } from '../../../../workflows/contract/topologies.schema.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agentName: `agent-${slot}` }));
const checkers = (n: number) => seats(...Array.from({ length: n }, (_, i) => `checker_${i + 1}`));
const configured = (config: Partial<CrosscheckConfig> = {}) => CrosscheckConfig.parse(config);
const paths = (config: CrosscheckConfig, written: ReturnType<typeof seats>) =>
  crosscheckRules.check(config, written, (field) => field).map(({ path }) => path);

describe('seats', () => {
  test('exactly as many checkers as configured, from 2 to 10', () => {
    expect(paths(configured({ numCheckers: 2 }), checkers(2))).toEqual([]);
    expect(paths(configured({ numCheckers: 10 }), checkers(10))).toEqual([]);
    expect(paths(configured(), checkers(2))).toEqual(['members']);
    expect(paths(configured(), checkers(4))).toEqual(['members']);
  });

  test('a producer and a mediator may sit, and nobody else', () => {
    const written = [...checkers(3), ...seats('producer', 'mediator', 'checker_0', 'producer')];

    expect(paths(configured(), written.slice(0, 5))).toEqual([]);
    expect(paths(configured(), written)).toEqual(['members.6.slot', 'members.5.slot']);
  });

  test('the method "mediator" needs one, unless the verdicts alone decide', () => {
    const mediated = { consensusMethod: 'mediator' } as const;

    expect(paths(configured(mediated), checkers(3))).toEqual(['members']);
    expect(paths(configured(mediated), [...checkers(3), ...seats('mediator')])).toEqual([]);
    expect(
      paths(configured({ ...mediated, requireUnanimousForApproval: true }), checkers(3)),
    ).toEqual([]);
  });
});

test.for<Partial<CrosscheckConfig>>([
  { numCheckers: 2, checkerSpecializations: ['a', 'b', 'c'] },
  { checkerSpecializations: ['a', 'b', 'c', 'd'] },
])('%j: more specialities than checkers are refused', (config) => {
  const { error } = CrosscheckConfig.safeParse(config);

  expect(error?.issues.map((issue) => issue.path[0])).toEqual(['checkerSpecializations']);
});

test('without an artifact somebody has to make one', () => {
  const problems = (written: ReturnType<typeof seats>, input: object) =>
    crosscheckRules.checkInput!(configured(), written, input).map(({ path }) => path);

  expect(problems(checkers(3), { question: 'Is it?' })).toEqual(['input.artifact']);
  expect(problems(checkers(3), { artifact: 'It is.' })).toEqual([]);
  expect(problems([...checkers(3), ...seats('producer')], { task: 'Write it.' })).toEqual([]);
});

test('each checker has the speciality of its place among the checkers', () => {
  const config = configured({ checkerSpecializations: ['security', 'cost'] });
  const slots = ['producer', 'checker_3', 'checker_1', 'checker_2'];
  const duties = slots.map((slot) => crosscheckRules.duty!(config, slot, slots));

  expect(duties).toEqual([
    null,
    'What you look at as a checker: security',
    'What you look at as a checker: cost',
    null,
  ]);
});

test('the workflow is told who sits where, and no specialities', () => {
  const config = configured({ checkerSpecializations: ['security'] });

  expect(crosscheckRules.plan(config, [...checkers(3), ...seats('producer')])).toEqual({
    workflow: 'crosscheck',
    producerSlot: 'producer',
    mediatorSlot: null,
    config: {
      numCheckers: 3,
      consensusMethod: 'majority',
      requireUnanimousForApproval: false,
      maxRevisions: 0,
    },
  });
});
