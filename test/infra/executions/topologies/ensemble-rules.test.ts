import { expect, test } from 'vitest';
import { ensembleRules } from '../../../../infra/executions/topologies/ensemble-rules.ts';
import { EnsembleConfig } from '../../../../workflows/contract/topologies.schema.ts';

const seats = (...slots: string[]) => slots.map((slot) => ({ slot, agentName: `agent-${slot}` }));
const members = (n: number) => seats(...Array.from({ length: n }, (_, i) => `member_${i + 1}`));
const configured = (config: Partial<EnsembleConfig> = {}) => EnsembleConfig.parse(config);
const paths = (written: ReturnType<typeof seats>) =>
  ensembleRules.check(configured(), written, (field) => field).map(({ path }) => path);

test('1 to 200 members may sit, and a synthesizer', () => {
  expect(paths(members(1))).toEqual([]);
  expect(paths(members(200))).toEqual([]);
  expect(paths([...members(200), ...seats('synthesizer')])).toEqual([]);
  expect(paths(seats('synthesizer'))).toEqual(['members']);
  expect(paths(members(201))).toEqual(['members']);
  expect(paths(seats('member_1', 'member_1', 'judge'))).toEqual([
    'members.1.slot',
    'members.2.slot',
  ]);
});

const doubled = (config: Partial<EnsembleConfig>, slots: string[]) =>
  ensembleRules.doubled!(configured(config), slots);

test('a synthesis without a synthesizer is made by the first member’s agent', () => {
  const synthesis = { aggregationMethod: 'synthesis' } as const;

  expect(doubled(synthesis, ['member_2', 'member_1'])).toEqual([
    { slot: 'synthesizer', of: 'member_2' },
  ]);
  expect(doubled(synthesis, ['member_1', 'synthesizer'])).toEqual([]);
  expect(doubled({ aggregationMethod: 'vote' }, ['member_1'])).toEqual([]);
  expect(doubled(synthesis, [])).toEqual([]);
});

test('reliability weighs where weights count', () => {
  const weighed = (
    ['vote', 'average', 'weighted', 'concat', 'best_of', 'synthesis'] as const
  ).filter((aggregationMethod) => ensembleRules.isWeighted(configured({ aggregationMethod })));

  expect(weighed).toEqual(['weighted', 'best_of']);
});
