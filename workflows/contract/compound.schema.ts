import { z } from 'zod';
import { AGGREGATION_METHODS, COMPOSITION_TYPES } from '../domain/enums.ts';
import { InlineTopology } from './executions.schema.ts';
import { Gates } from './gates.schema.ts';

/** The most children that a compound has. */
const MAX_CHILDREN = 20;

const childName = z
  .string()
  .max(60)
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a name begins with a letter: draft, review_2');

/** Where a value is found: in the input of the whole, or in the output of an earlier child. Never an expression. */
const Path = z
  .string()
  .max(500)
  .regex(
    /^\$\.(input|children\.[A-Za-z][A-Za-z0-9_-]*\.output)(\.[A-Za-z0-9_-]+){0,20}$/,
    'write $.input.<field> or $.children.<name>.output.<field>',
  );

/** Which field of a child's input comes from where. It makes the whole input. */
const InputMapping = z
  .strictObject({
    question: Path.optional(),
    task: Path.optional(),
    artifact: Path.optional(),
    options: Path.optional(),
    context: Path.optional(),
    items: Path.optional(),
  })
  .refine((mapping) => Object.keys(mapping).length > 0, 'name at least one field');
export type InputMapping = z.infer<typeof InputMapping>;

const scalar = z.union([z.string().max(10_000), z.number(), z.boolean()]);

/** Whether a branch is taken: what stands at a path, compared with a value. */
const Condition = z.discriminatedUnion('op', [
  z.strictObject({ path: Path, op: z.enum(['eq', 'ne']), value: scalar.nullable() }),
  z.strictObject({ path: Path, op: z.enum(['gt', 'gte', 'lt', 'lte']), value: z.number() }),
  z.strictObject({ path: Path, op: z.literal('in'), value: z.array(scalar).min(1).max(100) }),
  z.strictObject({ path: Path, op: z.literal('contains'), value: scalar }),
  z.strictObject({ path: Path, op: z.literal('exists'), value: z.boolean().default(true) }),
]);
export type Condition = z.infer<typeof Condition>;

const CompoundChild = z.strictObject({
  name: childName,
  /** A saved topology by name or id; written here only in a start. */
  topology: z.union([z.string().min(1).max(200), InlineTopology]),
  /** Without it: the input of the whole. */
  input: InputMapping.optional(),
  when: Condition.optional(),
  /** Added to those of its own topology. */
  gates: Gates.optional(),
});
export type CompoundChild = z.infer<typeof CompoundChild>;

/** Topologies inside of topologies (QMCP; children, default and aggregation are ours). */
export const CompoundConfig = z
  .strictObject({
    compositionType: z.enum(COMPOSITION_TYPES).default('sequential'),
    /** Names of saved topologies: the short form of `children`, each named as its topology. */
    subTopologies: z.array(childName).max(MAX_CHILDREN).default([]),
    children: z.array(CompoundChild).max(MAX_CHILDREN).default([]),
    /** The child that is taken where no condition holds. */
    default: childName.nullable().default(null),
    /** How the outputs of parallel children are put together; null: `concat`. */
    aggregationMethod: z.enum(AGGREGATION_METHODS).nullable().default(null),
  })
  .refine(({ subTopologies, children }) => subTopologies.length === 0 || children.length === 0, {
    path: ['subTopologies'],
    message: 'give subTopologies or children, not both',
  })
  .refine(({ subTopologies, children }) => subTopologies.length + children.length > 0, {
    path: ['children'],
    message: 'a compound needs at least one child',
  });
export type CompoundConfig = z.infer<typeof CompoundConfig>;

/** The children in their order, whichever way they were written. */
export const childrenOf = ({ subTopologies, children }: CompoundConfig): readonly CompoundChild[] =>
  children.length > 0 ? children : subTopologies.map((name) => ({ name, topology: name }));
