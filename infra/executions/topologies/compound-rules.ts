import { type CompoundConfig, childrenOf } from '../../../workflows/contract/compound.schema.ts';
import type { Definition } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { CompoundPlan } from '../../../workflows/contract/plans.ts';
import { childOf } from '../../../workflows/domain/compound/paths.ts';
import { answerTokens, type TopologyRules, type Turns, type WrittenSeat } from './rules.ts';

const SYNTHESIZER = 'synthesizer';
type At = (field: string) => string;

/** A compound: topologies in its children, and a seat only where their outputs are put together by an agent. */
export const compoundRules: TopologyRules<CompoundConfig, CompoundPlan> = {
  check: (config, seats, at) => [
    ...checkSeats(config, seats, at),
    ...checkNames(config, at),
    ...checkComposition(config, at),
    ...checkPaths(config, at),
  ],
  isWeighted: () => false,
  duty: () => 'You put what several groups came to together into one answer.',
  plan: planOf,
  turns: synthesisTurns,
};

const needsSynthesizer = ({ compositionType, aggregationMethod }: CompoundConfig): boolean =>
  compositionType === 'parallel' && aggregationMethod === 'synthesis';

function planOf(config: CompoundConfig): CompoundPlan {
  const children = childrenOf(config);
  const { compositionType, aggregationMethod } = config;
  return {
    workflow: 'compound',
    config: { compositionType, aggregationMethod: aggregationMethod ?? 'concat' },
    parts: children.map(({ name }) => name),
    stepCount: stepCount(config),
    defaultPart: config.default,
    synthesizerSlot: needsSynthesizer(config) ? SYNTHESIZER : null,
  };
}

/** Of a conditional: the children before the first branch. */
const stepCount = (config: CompoundConfig): number =>
  config.compositionType === 'conditional'
    ? childrenOf(config).findIndex(({ name, when }) => when || name === config.default)
    : 0;

function checkSeats(config: CompoundConfig, seats: readonly WrittenSeat[], at: At): Problem[] {
  const takes = needsSynthesizer(config);
  const problems = seats.flatMap(({ slot }, i) =>
    takes && slot === SYNTHESIZER && i === 0
      ? []
      : [
          {
            path: at(`members.${i}.slot`),
            message: `A compound's agents sit in its children; only where parallel outputs are put together by "synthesis" it has one seat, "${SYNTHESIZER}".`,
          },
        ],
  );
  if (takes && !seats.some(({ slot }) => slot === SYNTHESIZER))
    problems.push({
      path: at('members'),
      message: `The aggregationMethod "synthesis" needs a seat "${SYNTHESIZER}"; add one, or choose another method.`,
    });
  return problems;
}

function checkNames(config: CompoundConfig, at: At): Problem[] {
  const children = childrenOf(config);
  const field = config.children.length > 0 ? 'children' : 'subTopologies';
  return children.flatMap(({ name }, i) =>
    children.findIndex((child) => child.name === name) < i
      ? [
          {
            path: at(`config.${field}.${i}${field === 'children' ? '.name' : ''}`),
            message: `There are two children "${name}"; give each its own name.`,
          },
        ]
      : [],
  );
}

/** What only one kind of composition has. */
function checkComposition(config: CompoundConfig, at: At): Problem[] {
  const { compositionType, aggregationMethod } = config;
  const children = childrenOf(config);
  const problems: Problem[] = [];
  const refuse = (field: string, message: string) =>
    void problems.push({ path: at(`config.${field}`), message });
  if (compositionType !== 'parallel' && aggregationMethod !== null)
    refuse(
      'aggregationMethod',
      `Only parallel outputs are put together; this is ${compositionType}.`,
    );
  if (compositionType !== 'conditional') {
    if (config.default !== null) refuse('default', 'Only a conditional compound has a default.');
    for (const [i, { when }] of children.entries())
      if (when) refuse(`children.${i}.when`, 'Only a conditional compound has conditions.');
    return problems;
  }
  const first = stepCount(config);
  const isThere = children.some(({ name }) => name === config.default);
  if (config.default !== null && !isThere)
    refuse('default', `There is no child "${config.default}".`);
  if (!children.some(({ when }) => when))
    refuse('children', 'A conditional compound needs at least one child with a condition (when).');
  else
    for (const [i, { name, when }] of children.entries()) {
      if (when && name === config.default)
        refuse(`children.${i}.when`, 'The default is taken where no condition holds; it has none.');
      if (!when && name !== config.default && i > first)
        refuse(
          `children.${i}`,
          'Only children before the first branch may be without a condition; name this one as default, or move it.',
        );
    }
  return problems;
}

/** Mappings and conditions read the input, and children that have ended by then. */
function checkPaths(config: CompoundConfig, at: At): Problem[] {
  const { compositionType } = config;
  const children = childrenOf(config);
  const steps = stepCount(config);
  return children.flatMap(({ input, when }, i) => {
    const isBranch = compositionType === 'conditional' && i >= steps;
    const before = compositionType === 'parallel' ? 0 : isBranch ? steps : i;
    const known = children.slice(0, before).map(({ name }) => name);
    const paths = Object.entries(input ?? {}).map(([field, path]) => [`input.${field}`, path!]);
    if (when) paths.push(['when.path', when.path]);
    return paths.flatMap(([field, path]) => {
      const child = childOf(path!);
      if (child === null || known.includes(child)) return [];
      const readable =
        known.length === 0 ? 'nothing but $.input' : `$.input and ${known.join(', ')}`;
      return [
        {
          path: at(`config.children.${i}.${field}`),
          message: `The output of "${child}" is not there yet when this is read; here ${readable} can be read.`,
        },
      ];
    });
  });
}

/** The synthesizer hears every child once. */
function synthesisTurns({ seats, children = [] }: Definition & CompoundPlan): Turns[] {
  const heardTokens = children
    .flatMap(({ definition }) => definition.seats)
    .reduce((sum, { agent }) => sum + answerTokens(agent), 0);
  return seats.map((seat) => ({ seats: [seat], count: 1, heardTokens }));
}
