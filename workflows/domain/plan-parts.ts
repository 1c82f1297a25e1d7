import type { ExecutionInput } from '../contract/executions.schema.ts';

/** A part of a plan, as an agent wrote it, or an item of the input. */
export interface PlanPart {
  readonly title: string;
  readonly task: string;
  /** The seat that is to do it. */
  readonly to: string | null;
  readonly requiredCapabilities: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** The parts in a structured answer that was checked; none where it holds no plan. */
export function planOf(output: Json | null | undefined): readonly PlanPart[] {
  const plan = output?.['plan'];
  if (!Array.isArray(plan)) return [];
  return (plan as readonly Json[]).map(({ title, task, to, requiredCapabilities }) => ({
    title: String(title),
    task: String(task),
    to: typeof to === 'string' ? to : null,
    requiredCapabilities: Array.isArray(requiredCapabilities)
      ? (requiredCapabilities as readonly string[])
      : [],
  }));
}

/** The items that an input lists. */
export const itemsOf = ({ items = [] }: Pick<ExecutionInput, 'items'>): readonly PlanPart[] =>
  items.map(({ id, task, requiredCapabilities }) => ({
    title: id,
    task,
    to: null,
    requiredCapabilities,
  }));
