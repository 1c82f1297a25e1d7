import type { StartBody } from '../faults/bodies.ts';
import { debate } from '../faults/debates.ts';
import { panel } from '../faults/panels.ts';
import { piecesStart } from '../faults/pieces.ts';

/** A story as a topology tells it: the body of its start, and how its turns lie: so many at once, wave after wave. */
export interface Story {
  readonly topology: string;
  readonly body: StartBody;
  readonly waves: readonly number[];
  /** The waves of its children, which take place one after the other; with children it has none of its own. */
  readonly children: readonly (readonly number[])[];
  /** A turn hears all waves before it, and not only the last one. */
  readonly hearsAll?: true;
}

const TEXT = 'word '.repeat(400);
const says = { text: TEXT, choice: 'yes', confidence: 0.9, reasoning: 'Because.' };
const QUESTION = { question: 'Tabs or spaces?', options: ['yes', 'no'] };
const TASK = { task: 'Write it.' };

const list = <T>(count: number, of: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => of(i + 1));
const waves = (count: number, ...each: readonly number[]): number[] =>
  list(count, () => each).flat();
const scripts = (count: number, of: (i: number) => string) =>
  Object.fromEntries(list(count, (i) => [of(i), [says]]));
const workers = (name: string) => list(6, (i) => ({ slot: `${name}_${i}`, script: [says] }));
const plan = list(6, (i) => ({ title: `Part ${i}`, task: 'Do it.', to: `worker_${i}` }));
const planned = plan.map(({ to: _to, ...item }) => item);

const DEBATE: Story = {
  topology: 'debate',
  body: debate({
    ...QUESTION,
    config: { maxRounds: 4, consensusMethod: 'majority', allowEarlyTermination: false },
    debaters: list(3, () => ({ script: [says] })),
  }),
  waves: waves(4, 3),
  children: [],
  hearsAll: true,
};

const ENSEMBLE: Story = {
  topology: 'ensemble',
  body: panel(
    'ensemble',
    { aggregationMethod: 'synthesis' },
    QUESTION,
    scripts(9, (i) => (i === 9 ? 'synthesizer' : `member_${i}`)),
  ),
  waves: [8, 1],
  children: [],
};

const CHAIN: Story = {
  topology: 'chain',
  body: piecesStart(
    'chain',
    [{ slot: 'chief', script: [{ text: TEXT, plan }, says] }, ...workers('worker')],
    { config: { authorityLevels: ['chief', 'worker'] } },
  ),
  waves: [1, 6, 1],
  children: [],
};

const DELEGATION: Story = {
  topology: 'delegation',
  body: piecesStart(
    'delegation',
    [
      { slot: 'coordinator', script: [{ text: TEXT, plan: planned }, says] },
      ...workers('specialist'),
    ],
    { config: { routingStrategy: 'round_robin' } },
  ),
  waves: [1, 6, 1],
  children: [],
};

const CROSSCHECK: Story = {
  topology: 'crosscheck',
  body: panel('crosscheck', { maxRevisions: 2 }, TASK, {
    producer: [says],
    ...Object.fromEntries(
      list(3, (i) => [
        `checker_${i}`,
        [{ text: TEXT, verdict: 'reject' as const, findings: [], confidence: 0.9 }],
      ]),
    ),
  }),
  waves: waves(3, 1, 3),
  children: [],
};

const pipeline = (stages: number): Story => ({
  topology: 'pipeline',
  body: panel(
    'pipeline',
    { stages: list(stages, (i) => `stage_${i}`) },
    TASK,
    scripts(stages, (i) => `stage_${i}`),
  ),
  waves: waves(stages, 1),
  children: [],
});

/** These stories as the children of one, one after the other. */
const sequence = (topology: string, input: StartBody['input'], parts: readonly Story[]): Story => ({
  topology,
  body: {
    inline: {
      type: 'compound',
      config: {
        compositionType: 'sequential',
        children: parts.map(({ body }, i) => ({ name: `child_${i + 1}`, topology: body.inline })),
      },
    },
    input,
  },
  waves: [],
  children: parts.map((part) => part.waves),
});

/**
 * One story for each topology, of 8 to 12 turns, and two compounds: of three pipelines with 4 turns each, and of three
 * of the stories before. All say 2 KB a turn, and nobody gives up early.
 */
export const STORIES: readonly Story[] = [
  DEBATE,
  ENSEMBLE,
  CHAIN,
  DELEGATION,
  CROSSCHECK,
  pipeline(12),
  sequence(
    'compound of short pipelines',
    TASK,
    list(3, () => pipeline(4)),
  ),
  sequence('compound of three topologies', QUESTION, [DEBATE, ENSEMBLE, pipeline(12)]),
];
