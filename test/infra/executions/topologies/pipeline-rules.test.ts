import { expect, test } from 'vitest';
import { pipelineRules } from '../../../../infra/executions/topologies/pipeline-rules.ts';
import { PipelineConfig } from '../../../../workflows/contract/topologies.schema.ts';
import { rehearsingAgent } from '../../../support/work.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agentName: null }));
const config = (changes: object = {}) =>
  PipelineConfig.parse({ stages: ['draft', 'review'], ...changes });
const paths = (...slots: string[]) =>
  pipelineRules.check(config(), seats(...slots), (field) => field).map(({ path }) => path);

test('every stage has exactly one seat of its name', () => {
  expect(paths('draft', 'review')).toEqual([]);
  expect(paths('review', 'draft')).toEqual([]);
  expect(paths('draft')).toEqual(['members']);
  expect(paths()).toEqual(['members', 'members']);
  expect(paths('draft', 'review', 'draft')).toEqual(['members.2.slot']);
  expect(paths('draft', 'review', 'mediator')).toEqual(['members.2.slot']);
});

test('what is not said is QMCP’s', () => {
  expect(PipelineConfig.parse({ stages: ['draft'] })).toEqual({
    stages: ['draft'],
    checkpointAfter: [],
    retryFailedStages: true,
    maxStageRetries: 2,
  });
});

test.for<[object, number]>([
  [{ maxStageRetries: 2 }, 3],
  [{ maxStageRetries: 0 }, 1],
  [{ retryFailedStages: false }, 1],
])(
  '%o: the estimate has each stage tried %i times, on what the one before it said',
  ([changes, count]) => {
    const plan = pipelineRules.plan(config(changes), []);
    const written = ['review', 'draft'].map((slot, position) => ({
      slot,
      position,
      weight: 1,
      agent: rehearsingAgent(slot, { maxTokens: slot === 'draft' ? 700 : 50 }),
    }));

    const turns = pipelineRules.turns(
      { ...plan, seats: written, notices: [] },
      { hasOptions: false, itemCount: 0 },
    );

    expect(turns.map(({ seats: [seat], ...rest }) => ({ slot: seat!.slot, ...rest }))).toEqual([
      { slot: 'draft', count, heardTokens: 0 },
      { slot: 'review', count, heardTokens: 700 },
    ]);
  },
);
