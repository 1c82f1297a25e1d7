import type { Definition } from '../../../workflows/contract/definition.ts';
import type { EnsemblePlan } from '../../../workflows/contract/plans.ts';
import type { EnsembleConfig } from '../../../workflows/contract/topologies.schema.ts';
import { answerTokens, hasSlot, takenTwice, type TopologyRules, type Turns } from './rules.ts';

const MEMBERS = { min: 1, max: 200 };
const MEMBER = /^member_[1-9]\d{0,3}$/;
const SYNTHESIZER = 'synthesizer';

/** An ensemble: one member or more, and perhaps somebody who puts their answers together. */
export const ensembleRules: TopologyRules<EnsembleConfig, EnsemblePlan> = {
  check(_config, seats, path) {
    const problems = takenTwice(seats, path);
    for (const [i, { slot }] of seats.entries())
      if (!MEMBER.test(slot) && slot !== SYNTHESIZER)
        problems.push({
          path: path(`members.${i}.slot`),
          message: `An ensemble has the slots member_1, member_2, … and synthesizer; there is no slot "${slot}".`,
        });
    const members = seats.filter(({ slot }) => MEMBER.test(slot)).length;
    if (members < MEMBERS.min || members > MEMBERS.max)
      problems.push({
        path: path('members'),
        message: `An ensemble needs ${MEMBERS.min} to ${MEMBERS.max} members; there are ${members}.`,
      });
    return problems;
  },
  doubled(config, slots) {
    const first = slots.find((slot) => MEMBER.test(slot));
    const isMissing = isSynthesised(config) && !slots.includes(SYNTHESIZER);
    return isMissing && first !== undefined ? [{ slot: SYNTHESIZER, of: first }] : [];
  },
  isWeighted: ({ aggregationMethod }) =>
    aggregationMethod === 'weighted' || aggregationMethod === 'best_of',
  plan: (config, seats) => ({
    workflow: 'ensemble',
    config,
    synthesizerSlot: isSynthesised(config) || hasSlot(seats, SYNTHESIZER) ? SYNTHESIZER : null,
  }),
  turns: ensembleTurns,
};

const isSynthesised = ({ aggregationMethod }: EnsembleConfig): boolean =>
  aggregationMethod === 'synthesis';

/** Every member answers once; a synthesizer hears all of them. */
function ensembleTurns({ config, seats, synthesizerSlot }: Definition & EnsemblePlan): Turns[] {
  const synthesizer = seats.find(({ slot }) => slot === synthesizerSlot);
  const members = seats.filter((seat) => seat !== synthesizer);
  const heardTokens = members.reduce((sum, { agent }) => sum + answerTokens(agent), 0);
  return [
    ...members.map((seat) => ({ seats: [seat], count: 1, heardTokens: 0 })),
    ...(synthesizer && isSynthesised(config)
      ? [{ seats: [synthesizer], count: 1, heardTokens }]
      : []),
  ];
}
