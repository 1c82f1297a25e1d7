import { z } from 'zod';
import { TOPOLOGY_TYPES, type TopologyType } from '../domain/enums.ts';
import { LONGEST_OPTION } from '../domain/positions.ts';
import { Gates } from './gates.schema.ts';
import { Member } from './members.schema.ts';

/** A piece of work, and what whoever does it must be able to do. */
const WorkItem = z.strictObject({
  id: z.string().min(1).max(64),
  task: z.string().min(1).max(100_000),
  /** Names of registered capabilities. */
  requiredCapabilities: z
    .array(z.string().min(1).max(128))
    .max(20)
    .refine((names) => new Set(names).size === names.length, 'names must differ')
    .default([]),
});

/** What agents work on. Exactly one of question, task and artifact. */
export const ExecutionInput = z
  .strictObject({
    question: z.string().min(1).max(200_000).optional(),
    task: z.string().min(1).max(200_000).optional(),
    artifact: z.string().min(1).max(500_000).optional(),
    /** What may be chosen; without options, positions are free text. */
    options: z
      .array(z.string().min(1).max(LONGEST_OPTION))
      .min(2)
      .max(100)
      .refine((options) => new Set(options).size === options.length, 'options must differ')
      .optional(),
    context: z.string().max(500_000).optional(),
    /** The pieces of a delegation's work; without them its coordinator splits the task. */
    items: z
      .array(WorkItem)
      .min(1)
      .max(50)
      .refine(
        (items) => new Set(items.map(({ id }) => id)).size === items.length,
        'ids must differ',
      )
      .optional(),
  })
  .refine(
    ({ question, task, artifact }) =>
      [question, task, artifact].filter((part) => part !== undefined).length === 1,
    'give exactly one of question, task and artifact',
  );
export type ExecutionInput = z.infer<typeof ExecutionInput>;

/** What a type's configuration is called in the OpenAPI document. */
export const configName = (type: TopologyType): string =>
  `${type[0]!.toUpperCase()}${type.slice(1)}Config`;

/** A topology's configuration as it is written. Which fields it may have, and their ranges, its type says. */
export const WrittenConfig = z.record(z.string(), z.unknown()).meta({
  description:
    'The schema of its type: DebateConfig for a debate, and so on. Nothing else is taken.',
  anyOf: TOPOLOGY_TYPES.map((type) => ({ $ref: `#/components/schemas/${configName(type)}` })),
});

/** A topology written in the start. Its config is checked against its type. */
export const InlineTopology = z.strictObject({
  type: z.enum(TOPOLOGY_TYPES),
  config: WrittenConfig.default({}),
  members: z.array(Member).max(250).default([]),
});
export type InlineTopology = z.infer<typeof InlineTopology>;

/** A ceiling; no call begins without room for its worst case under it. */
export const BudgetLimits = z
  .strictObject({
    tokens: z.int().min(1).max(1_000_000_000_000).optional(),
    /** US dollars. */
    costUsd: z.number().min(0).max(10_000_000).optional(),
  })
  .refine((limits) => Object.keys(limits).length > 0, 'give tokens, costUsd or both');
export type BudgetLimits = z.infer<typeof BudgetLimits>;

/** The body of `POST /executions`. Exactly one of topology, agent and inline. */
export const StartExecution = z
  .strictObject({
    topology: z.string().min(1).max(200).optional(),
    agent: z.string().min(1).max(200).optional(),
    inline: InlineTopology.optional(),
    input: ExecutionInput,
    /** For display; the only text of the caller's that Temporal sees. */
    title: z.string().min(1).max(100).optional(),
    project: z.string().min(1).max(255).optional(),
    budget: BudgetLimits.optional(),
    priority: z.int().min(0).max(5).default(0),
    /** The execution fails with `deadline_exceeded` when it is still open then. */
    deadline: z.iso.datetime({ offset: true }).optional(),
    correlationId: z.string().min(1).max(255).optional(),
    metadata: z.record(z.string().max(128), z.unknown()).default({}),
    /** Where people decide, beside the gates of a saved topology. */
    gates: Gates.default([]),
  })
  .refine(
    ({ topology, agent, inline }) =>
      [topology, agent, inline].filter((part) => part !== undefined).length === 1,
    'give exactly one of topology, agent and inline',
  );
export type StartExecution = z.infer<typeof StartExecution>;
