import type { Definition, ResolvedAgent } from '../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { isPriced, worstCaseUsd } from '../../workflows/domain/pricing.ts';
import { promptTokens } from './seat-rows.ts';
import { answerTokens, type Turns } from './topologies/rules.ts';
import { rulesOf } from './topologies/registry.ts';

/** The most that an execution can come to, but for what cannot be known: repairs, repeats, and questions to people. */
export interface Estimate {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, six places; null where a price is not known. */
  readonly costUsd: string | null;
}

/** Estimates from above: every round is needed, every answer is as long as it may be, every earlier one is heard. */
export function estimate(definition: Definition, input: ExecutionInput): Estimate {
  const turns = allTurns(definition, input);
  const sums = turns.map((each) => mostOf(each, input));
  const total = (of: (sum: (typeof sums)[number]) => number): number =>
    sums.reduce((all, sum) => all + of(sum), 0);
  return {
    calls: total(({ count }) => count),
    inputTokens: total(({ input: tokens }) => tokens),
    outputTokens: total(({ output }) => output),
    costUsd: sums.some(({ cost }) => cost === null)
      ? null
      : total(({ cost }) => cost ?? 0).toFixed(6),
  };
}

/** What turns come to, had the dearest of the seats that may take them all of them. */
function mostOf({ seats, count, heardTokens }: Turns, input: ExecutionInput) {
  const sums = seats.map(({ slot, agent }) => {
    const prompt = promptTokens(input, slot, agent);
    const output = answerTokens(agent);
    const room = promptRoom(agent, output);
    const tokens = { input: count * Math.min(prompt + heardTokens, room), output: count * output };
    return { ...tokens, cost: costOf(agent, tokens) };
  });
  const costs = sums.map(({ cost }) => cost);
  return {
    count,
    input: Math.max(...sums.map((sum) => sum.input)),
    output: Math.max(...sums.map((sum) => sum.output)),
    cost: costs.every((cost) => cost !== null) ? Math.max(...costs) : null,
  };
}

/** The turns of an execution and of all below it. What a child hears of those before it comes on top. */
function allTurns(definition: Definition, input: ExecutionInput): Turns[] {
  if (definition.workflow !== 'compound') return turnsOf(definition, input);
  const { config, stepCount, children = [] } = definition;
  const own = turnsOf(definition, input);
  const isConditional = config.compositionType === 'conditional';
  const inOrder = isConditional ? children.slice(0, stepCount) : children;
  let before = 0;
  const steps = inOrder.flatMap((child) => {
    const turns = hearing(before, allTurns(child.definition, input));
    if (config.compositionType !== 'parallel') before += outputOf(turns);
    return turns;
  });
  if (!isConditional) return [...own, ...steps];
  const branches = children.slice(stepCount).map((child) => {
    return hearing(before, allTurns(child.definition, input));
  });
  const dearest = branches.toSorted((a, b) => outputOf(b) - outputOf(a))[0] ?? [];
  return [...own, ...steps, ...dearest];
}

const hearing = (more: number, turns: readonly Turns[]): Turns[] =>
  turns.map((turn) => ({ ...turn, heardTokens: turn.heardTokens + more }));

const outputOf = (turns: readonly Turns[]): number =>
  turns.reduce(
    (sum, { seats, count }) =>
      sum + count * Math.max(...seats.map(({ agent }) => answerTokens(agent))),
    0,
  );

function turnsOf(definition: Definition, { options = [], items = [] }: ExecutionInput): Turns[] {
  if (definition.workflow === 'soloAgent')
    return definition.seats.map((seat) => ({ seats: [seat], count: 1, heardTokens: 0 }));
  const input = { hasOptions: options.length > 0, itemCount: items.length };
  // A dry run may lack seats, which it says: nobody takes their turns.
  return rulesOf(definition.workflow)
    .turns(definition, input)
    .filter(({ seats }) => seats.length > 0);
}

/** What a prompt may have at most, so that it and the answer fit every model of the agent. */
const promptRoom = ({ models }: ResolvedAgent, output: number): number =>
  Math.min(
    ...models.map(({ contextWindow }) =>
      Math.max(0, (contextWindow ?? Number.POSITIVE_INFINITY) - output),
    ),
  );

/** What the dearest of the agent's models asks. */
function costOf(
  { models }: ResolvedAgent,
  tokens: { readonly input: number; readonly output: number },
): number | null {
  if (!models.every(isPriced)) return null;
  return Math.max(0, ...models.map((model) => Number(worstCaseUsd(model, tokens))));
}
