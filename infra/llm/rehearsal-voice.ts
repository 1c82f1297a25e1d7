import type { AgentRole } from '../../workflows/domain/enums.ts';
import { seededPick } from './seeded.ts';

/** What agents of a role look at, as clauses that end a sentence. */
const CONCERNS: Readonly<Record<AgentRole, readonly string[]>> = {
  planner: [
    'the order of the steps matters more than the speed of any one of them',
    'we should know what we will do if the second step fails',
    'the milestones have to be small enough to check',
  ],
  executor: [
    'it can be done with what is already there',
    'the work is smaller than it looks once it is cut into pieces',
    'a first version will teach us more than another plan',
  ],
  reviewer: [
    'the evidence for it can be checked line by line',
    'the acceptance criteria are met, with one reservation about the edge cases',
    'what was promised and what is there agree',
  ],
  critic: [
    'nobody has shown what happens when it goes wrong',
    'the strongest objection has not been answered yet',
    'the cost of being wrong is not symmetric',
  ],
  synthesizer: [
    'the positions are closer than they sound',
    'the concerns that were raised can be met together',
    'what the others agree on is enough to act on',
  ],
  specialist: [
    'this is how it has worked in comparable cases',
    'the constraint that decides here is a technical one',
    'the details favour it once they are measured',
  ],
  coordinator: [
    'everyone involved can start on it at once',
    'it leaves the fewest open ends between the teams',
    'ownership is clear that way',
  ],
  observer: [
    'the arguments for it have been the more specific ones',
    'the discussion has moved that way for good reasons',
    'nothing that was said contradicts it',
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

const concernsOf = (role: string): readonly string[] =>
  Object.hasOwn(CONCERNS, role) ? CONCERNS[role as AgentRole] : CONCERNS.specialist;

/** What is said for a choice: two sentences. */
export const sayFor = (choice: string, role: string, seed: string): string =>
  `${seededPick(OPENERS, seed, 'opener')}, ${choice.replace(/[.!?]+$/, '')}: ${seededPick(concernsOf(role), seed, 'concern')}. ${seededPick(CAVEATS, seed, 'caveat')}`;

/** Why, in one sentence. */
export const reasonFor = (role: string, seed: string): string => {
  const concern = seededPick(concernsOf(role), seed, 'reason');
  return `${concern[0]!.toUpperCase()}${concern.slice(1)}.`;
};

/** What can be stood for where there are no options. */
export const stances = (options: readonly string[]): readonly string[] =>
  options.length > 0 ? options : STANCES;
