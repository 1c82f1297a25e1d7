import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { CrosscheckPlan } from '../../../workflows/contract/plans.ts';
import type { CrosscheckConfig } from '../../../workflows/contract/topologies.schema.ts';
import { extentOf } from '../../../workflows/domain/extent.ts';
import { answerTokens, hasSlot, takenTwice, type TopologyRules, type Turns } from './rules.ts';

const CHECKER = /^checker_[1-9]\d{0,3}$/;
const PRODUCER = 'producer';
const MEDIATOR = 'mediator';

/** A crosscheck: as many checkers as configured, and perhaps a producer and a mediator. */
export const crosscheckRules: TopologyRules<CrosscheckConfig, CrosscheckPlan> = {
  check(config, seats, path) {
    const problems = takenTwice(seats, path);
    for (const [i, { slot }] of seats.entries())
      if (!CHECKER.test(slot) && slot !== PRODUCER && slot !== MEDIATOR)
        problems.push({
          path: path(`members.${i}.slot`),
          message: `A crosscheck has the slots checker_1, checker_2, …, producer and mediator; there is no slot "${slot}".`,
        });
    const checkers = seats.filter(({ slot }) => CHECKER.test(slot)).length;
    if (checkers !== config.numCheckers)
      problems.push({
        path: path('members'),
        message: `config.numCheckers is ${config.numCheckers}, but there are ${checkers} checkers; make them the same.`,
      });
    if (isMediated(config) && !hasSlot(seats, MEDIATOR))
      problems.push({
        path: path('members'),
        message:
          'The method "mediator" needs a seat "mediator"; add one or choose another consensusMethod.',
      });
    return problems;
  },
  checkInput: (_config, seats, { artifact }) =>
    artifact === undefined && !hasSlot(seats, PRODUCER) ? [NOTHING_TO_CHECK] : [],
  isWeighted: ({ consensusMethod }) => consensusMethod === 'weighted',
  duty({ checkerSpecializations }, slot, slots) {
    const checkers = slots.filter((each) => CHECKER.test(each));
    const speciality = checkerSpecializations[checkers.indexOf(slot)];
    return speciality === undefined ? null : `What you look at as a checker: ${speciality}`;
  },
  plan: ({ checkerSpecializations: _texts, ...config }, seats) => ({
    workflow: 'crosscheck',
    config,
    producerSlot: hasSlot(seats, PRODUCER) ? PRODUCER : null,
    mediatorSlot: hasSlot(seats, MEDIATOR) ? MEDIATOR : null,
  }),
  turns: crosscheckTurns,
};

/** Where unanimity is required, the verdicts alone decide. */
const isMediated = ({ consensusMethod, requireUnanimousForApproval }: CrosscheckPlan['config']) =>
  consensusMethod === 'mediator' && !requireUnanimousForApproval;

const NOTHING_TO_CHECK: Problem = {
  path: 'input.artifact',
  message: 'There is nothing to check: give an artifact, or add a seat "producer" that makes one.',
};

/** In each round the producer hears the findings, the checkers its work, and the mediator, where it is asked, all of them. */
function crosscheckTurns(definition: Definition & CrosscheckPlan): Turns[] {
  const { config, seats, producerSlot, mediatorSlot } = definition;
  const rounds = extentOf(definition).most;
  const producer = seats.find(({ slot }) => slot === producerSlot);
  const mediator = seats.find(({ slot }) => slot === mediatorSlot);
  const checkers = seats.filter((seat) => seat !== producer && seat !== mediator);
  const artifact = producer ? answerTokens(producer.agent) : 0;
  const findings = checkers.reduce((sum, { agent }) => sum + answerTokens(agent), 0);
  const all = artifact + findings;
  return [
    ...(producer ? [{ seats: [producer], count: rounds, heardTokens: rounds > 1 ? all : 0 }] : []),
    ...checkers.map((seat) => {
      const own = rounds > 1 ? answerTokens(seat.agent) : 0;
      return { seats: [seat], count: rounds, heardTokens: artifact + own };
    }),
    ...(mediator
      ? [{ seats: [mediator], count: isMediated(config) ? rounds : 1, heardTokens: all }]
      : []),
  ];
}
