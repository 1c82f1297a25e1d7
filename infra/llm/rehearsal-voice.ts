import type { AgentRole } from '../../workflows/domain/enums.ts';
import { seededPick } from './seeded.ts';

/** What agents of a role look at. */
const CONCERNS: Readonly<Record<AgentRole, readonly string[]>> = {
  planner: [
    'The order of the steps matters more than the speed of any one of them.',
    'We should know what we will do if the second step fails.',
    'The milestones have to be small enough to check.',
  ],
  executor: [
    'It can be done with what is already there.',
    'The work is smaller than it looks once it is cut into pieces.',
    'A first version will teach us more than another plan.',
  ],
  reviewer: [
    'The evidence for it can be checked line by line.',
    'The acceptance criteria are met, with one reservation about the edge cases.',
    'What was promised and what is there agree.',
  ],
  critic: [
    'Nobody has shown what happens when it goes wrong.',
    'The strongest objection has not been answered yet.',
    'The cost of being wrong is not symmetric.',
  ],
  synthesizer: [
    'The positions are closer than they sound.',
    'The concerns that were raised can be met together.',
    'What the others agree on is enough to act on.',
  ],
  specialist: [
    'This is how it has worked in comparable cases.',
    'The constraint that decides here is a technical one.',
    'The details favour it once they are measured.',
  ],
  coordinator: [
    'Everyone involved can start on it at once.',
    'It leaves the fewest open ends between the teams.',
    'Ownership is clear that way.',
  ],
  observer: [
    'The arguments for it have been the more specific ones.',
    'The discussion has moved that way for good reasons.',
    'Nothing that was said contradicts it.',
  ],
};

const OPENERS = ['As I see it', 'Looking at it again', 'Weighing what is known', 'In short'];
const CAVEATS = [
  'I would change my mind if a measurement said otherwise.',
  'The open risk should be named and owned.',
  'It should be looked at again once the first results are in.',
  'It can be undone if it turns out badly.',
];
const STANCES = [
  'Go ahead in small steps that can be undone.',
  'Go ahead, with a named owner and a date for review.',
  'Wait until the open risk has been measured.',
];

/** What is said for a choice: three short sentences. */
export const sayFor = (choice: string, role: string, seed: string): string =>
  [
    `${seededPick(OPENERS, seed, 'opener')}: ${choice.replace(/[.!?]+$/, '')}.`,
    reasonFor(role, `${seed}/said`),
    seededPick(CAVEATS, seed, 'caveat'),
  ].join(' ');

/** Why, in one sentence. */
export const reasonFor = (role: string, seed: string): string => {
  const concerns = Object.hasOwn(CONCERNS, role)
    ? CONCERNS[role as AgentRole]
    : CONCERNS.specialist;
  return seededPick(concerns, seed, 'reason');
};

/** What can be stood for where there are no options. */
export const stances = (options: readonly string[]): readonly string[] =>
  options.length > 0 ? options : STANCES;
