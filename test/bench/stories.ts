import { debate } from '../faults/debates.ts';
import { panel } from '../faults/panels.ts';
import { piecesStart } from '../faults/pieces.ts';

/** A story as a topology tells it: the body of its start, and how its turns lie: so many at once, wave after wave. */
export interface Story {
  readonly topology: string;
  readonly body: unknown;
  readonly waves: readonly number[];
  /** Workflows below it, one after the other, each with an equal part of the waves. */
  readonly children: number;
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

const pipeline = (count: number) =>
  panel(
    'pipeline',
    { stages: list(count, (i) => `stage_${i}`) },
    TASK,
    scripts(count, (i) => `stage_${i}`),
  );

/** One story for each topology, of 8 to 12 turns; all say 2 KB a turn, and nobody gives up early. */
export const STORIES: readonly Story[] = [
  {
    topology: 'debate',
    body: debate({
      ...QUESTION,
      config: { maxRounds: 4, consensusMethod: 'majority', allowEarlyTermination: false },
      debaters: list(3, () => ({ script: [says] })),
    }),
    waves: waves(4, 3),
    children: 0,
    hearsAll: true,
  },
  {
    topology: 'ensemble',
    body: panel(
      'ensemble',
      { aggregationMethod: 'synthesis' },
      QUESTION,
      scripts(9, (i) => (i === 9 ? 'synthesizer' : `member_${i}`)),
    ),
    waves: [8, 1],
    children: 0,
  },
  {
    topology: 'chain',
    body: piecesStart(
      'chain',
      [{ slot: 'chief', script: [{ text: TEXT, plan }, says] }, ...workers('worker')],
      { config: { authorityLevels: ['chief', 'worker'] } },
    ),
    waves: [1, 6, 1],
    children: 0,
  },
  {
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
    children: 0,
  },
  {
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
    children: 0,
  },
  { topology: 'pipeline', body: pipeline(12), waves: waves(12, 1), children: 0 },
  {
    topology: 'compound',
    body: {
      inline: {
        type: 'compound',
        config: {
          compositionType: 'sequential',
          children: list(3, (i) => ({ name: `child_${i}`, topology: pipeline(4).inline })),
        },
      },
      input: TASK,
    },
    waves: waves(12, 1),
    children: 3,
  },
];
