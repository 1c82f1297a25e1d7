import { expect, test } from 'vitest';
import { estimate } from '../../../infra/executions/estimate.ts';
import { progressOf, type ProgressParts } from '../../../infra/executions/progress.ts';
import type { Definition } from '../../../workflows/contract/definition.ts';
import type { CrosscheckPlan, EnsemblePlan } from '../../../workflows/contract/plans.ts';
import {
  ChainConfig,
  DebateConfig,
  PipelineConfig,
} from '../../../workflows/contract/topologies.schema.ts';
import { rehearsalModel, rehearsingAgent } from '../../support/work.ts';

const config = DebateConfig.parse({ maxRounds: 2, consensusMethod: 'majority' });
const CROSSCHECK: CrosscheckPlan = {
  workflow: 'crosscheck',
  config: {
    numCheckers: 3,
    consensusMethod: 'majority',
    requireUnanimousForApproval: false,
    maxRevisions: 2,
  },
  producerSlot: 'producer',
  mediatorSlot: null,
};
const ENSEMBLE: EnsemblePlan = {
  workflow: 'ensemble',
  config: { aggregationMethod: 'vote', diversityWeight: 0, failureThreshold: 0.5 },
  synthesizerSlot: null,
};
const CHAIN = { workflow: 'chain', config: ChainConfig.parse({}) } as const;
const running: ProgressParts = {
  state: 'running',
  plan: { workflow: 'debate', config, mediatorSlot: null },
  seatCount: 3,
  turns: 0,
  round: 0,
  output: null,
  errorDetails: null,
};

test.for<[Partial<ProgressParts>, number, string]>([
  [{ state: 'queued' }, 0, 'waiting to be started'],
  [{}, 0, 'in round 1 of at most 2'],
  [{ turns: 4, round: 2 }, 66, 'in round 2 of at most 2'],
  [{ turns: 60, round: 2 }, 99, 'in round 2 of at most 2'],
  [{ plan: { workflow: 'soloAgent', config: {} }, seatCount: 1 }, 0, 'in the turn'],
  [{ state: 'completed', output: { rounds: 2, converged: true } }, 100, 'agreed in round 2'],
  [
    { state: 'completed', output: { rounds: 1, converged: false } },
    100,
    'no agreement after 1 round',
  ],
  [
    { state: 'completed', output: { rounds: 2, decidedBy: 'mediator' } },
    100,
    'decided by the mediator in round 2',
  ],
  [{ state: 'completed', output: { text: 'Because.' } }, 100, 'answered'],
  [
    { state: 'completed', plan: CROSSCHECK, output: { answer: 'approve', rounds: 2 } },
    100,
    'approved in round 2',
  ],
  [
    { state: 'completed', plan: CROSSCHECK, output: { answer: null, rounds: 1 } },
    100,
    'no decision in round 1',
  ],
  [{ plan: CROSSCHECK, seatCount: 4, turns: 8, round: 2 }, 66, 'in round 2 of at most 3'],
  [{ plan: ENSEMBLE, seatCount: 4, turns: 3 }, 75, 'in the turn'],
  [
    {
      state: 'completed',
      plan: ENSEMBLE,
      output: { method: 'vote', contributions: [{}, {}], failed: [{}] },
    },
    100,
    '2 answers put together (vote), 1 failed',
  ],
  [{ state: 'failed', turns: 3, errorDetails: { message: 'why' } }, 50, 'why'],
  [{ state: 'completed', plan: CHAIN, output: { escalated: false } }, 100, 'answered'],
  [
    { state: 'completed', plan: CHAIN, output: { escalated: true } },
    100,
    'answered, but not sure enough',
  ],
  [{ plan: CHAIN, seatCount: 3, turns: 3 }, 9, 'in round 1 of at most 11'],
  [{ state: 'cancelled', turns: 3 }, 50, 'cancelled'],
])('%o is %i %%: %s', ([parts, percentage, message]) => {
  expect(progressOf({ ...running, ...parts })).toEqual({ percentage, message });
});

const stages = PipelineConfig.parse({ stages: ['a', 'b', 'c', 'd'] });

test.for<[Partial<ProgressParts>, number, string]>([
  [{}, 0, 'in stage 1 of at most 4'],
  [{ turns: 5, round: 2 }, 50, 'in stage 2 of at most 4'],
  [{ turns: 4, round: 4 }, 99, 'in stage 4 of at most 4'],
  [{ state: 'completed', output: { method: 'pipeline', rounds: 4 } }, 100, 'all 4 stages done'],
])('a pipeline with %o is %i %%: %s', ([parts, percentage, message]) => {
  const plan = { workflow: 'pipeline', config: stages } as const;
  const pipeline = { ...running, seatCount: 4, plan, ...parts };

  expect(progressOf(pipeline)).toEqual({ percentage, message });
});

const seat = (slot: string, models = [rehearsalModel('rehearsal-1')]) => ({
  slot,
  position: 0,
  weight: 1,
  agent: rehearsingAgent(slot, { models, maxTokens: 1_000 }),
});
const debate = (seats: Definition['seats'], mediatorSlot: string | null): Definition => ({
  workflow: 'debate',
  config,
  mediatorSlot,
  seats,
  notices: [],
});
const two = [seat('debater_1'), seat('debater_2')];
const choice = { question: 'Ship?', options: ['yes', 'no'] };

test('an estimate counts every turn that there may be', () => {
  const mediated = debate([...two, seat('mediator')], 'mediator');

  expect(estimate(debate(two, null), choice).calls).toBe(4);
  expect(estimate(mediated, choice).calls).toBe(5);
  expect(estimate(mediated, { question: 'What now?' }).calls).toBe(7);
  const alone: Definition = {
    workflow: 'soloAgent',
    config: {},
    seats: [seat('agent')],
    notices: [],
  };
  expect(estimate(alone, choice)).toMatchObject({ calls: 1, outputTokens: 1_000 });
});

test('a crosscheck is estimated with all its revisions, an ensemble with its synthesis', () => {
  const checkers = [seat('checker_1'), seat('checker_2'), seat('checker_3')];
  const review: Definition = { ...CROSSCHECK, seats: [seat('producer'), ...checkers], notices: [] };
  const members = [seat('member_1'), seat('member_2')];
  const synthesis: Definition = {
    workflow: 'ensemble',
    config: { ...ENSEMBLE.config, aggregationMethod: 'synthesis' },
    synthesizerSlot: 'synthesizer',
    seats: [...members, seat('synthesizer')],
    notices: [],
  };
  const mediated: Definition = {
    ...CROSSCHECK,
    config: { ...CROSSCHECK.config, consensusMethod: 'mediator' },
    producerSlot: null,
    mediatorSlot: 'mediator',
    seats: [...checkers, seat('mediator')],
    notices: [],
  };

  expect(estimate(review, { task: 'Write.' }).calls).toBe(3 * 4);
  expect(estimate(mediated, { artifact: 'This.' }).calls).toBe(4);
  expect(estimate(synthesis, { question: 'Why?' }).calls).toBe(3);
  expect(estimate({ ...ENSEMBLE, seats: members, notices: [] }, choice).calls).toBe(2);
});

test('it prices tokens at the dearest model of each seat, and knows no price where one is not known', () => {
  const dear = { ...rehearsalModel('dear'), inputUsdPerMtok: '0', outputUsdPerMtok: '1000' };
  const unknown = { ...dear, inputUsdPerMtok: null };
  const cheap = { ...dear, outputUsdPerMtok: '1' };

  const priced = estimate(
    debate([seat('debater_1', [cheap, dear]), seat('debater_2', [cheap])], null),
    choice,
  );
  const unpriced = estimate(debate([seat('debater_1', [unknown]), two[1]!], null), choice);

  expect(priced.costUsd).toBe('2.002000');
  expect(unpriced.costUsd).toBeNull();
});

test('what is heard is bounded by the context window', () => {
  const small = { ...rehearsalModel('small'), contextWindow: 1_500 };

  const { inputTokens } = estimate(
    debate([seat('debater_1', [small]), seat('debater_2', [small])], null),
    choice,
  );

  expect(inputTokens).toBeLessThanOrEqual(4 * 500);
});
