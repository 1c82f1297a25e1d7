import { randomUUID } from 'node:crypto';
import type { Interjections, Prepared } from '../../workflows/contract/executions.ts';
import type { AggregationMethod, CompositionType } from '../../workflows/domain/enums.ts';
import { type Line, MemoryExecution } from './memory-activities.ts';
import { seat } from './seat.ts';
import type { Beginning } from './stage.ts';

/** A compound. `steps`: how many children come before the branches; `branch`: the one that is chosen. */
export interface CompoundPlay extends Beginning {
  readonly compositionType: CompositionType;
  readonly children: Readonly<Record<string, Line | CompoundPlay | null>>;
  readonly aggregationMethod?: AggregationMethod;
  /** Children whose output is a number. */
  readonly numbers?: readonly string[];
  readonly steps?: number;
  readonly branch?: string;
  /** What the synthesizer says, where there is one. */
  readonly synthesizer?: Line;
  readonly isPaused?: true;
  /** Children that ask people before their completion. */
  readonly gated?: readonly string[];
}

/** The rows of a single agent that has one line. */
export function soloRows(
  line: Line,
  { interjections, isGated }: { interjections?: Interjections; isGated?: boolean } = {},
): MemoryExecution {
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'soloAgent',
    config: {},
    seats: [seat('agent', 1)],
    optionCount: 0,
    ...(interjections && { interjections }),
    ...(isGated && { gates: [{ index: 0, before: 'completion' }] }),
  };
  return new MemoryExecution(prepared, { agent: [line] });
}

/** The rows of a compound; those of its children are put among the executions. */
export function compoundRows(
  executions: Map<string, MemoryExecution>,
  { compositionType, children, aggregationMethod = 'concat', numbers = [], ...play }: CompoundPlay,
): MemoryExecution {
  const { steps = 0, branch = null, synthesizer, gated = [] } = play;
  const prepared: Prepared = {
    status: 'ready',
    workflow: 'compound',
    config: { compositionType, aggregationMethod },
    parts: Object.keys(children),
    stepCount: steps,
    defaultPart: null,
    synthesizerSlot: synthesizer === undefined ? null : 'synthesizer',
    seats: synthesizer === undefined ? [] : [seat('synthesizer', 1)],
    optionCount: 0,
    ...(play.isPaused && { isPaused: true }),
  };
  const lines = synthesizer === undefined ? {} : { synthesizer: [synthesizer] };
  const whole = new MemoryExecution(prepared, lines);
  whole.branch = branch;
  for (const [name, child] of Object.entries(children)) {
    if (child === null) continue;
    const isCompound = typeof child === 'object' && 'compositionType' in child;
    const rows = isCompound
      ? compoundRows(executions, child)
      : soloRows(child, { isGated: gated.includes(name) });
    const executionId = randomUUID();
    executions.set(executionId, rows);
    const workflow = isCompound ? 'compound' : 'soloAgent';
    rows.hasNumber = numbers.includes(name);
    whole.children.set(name, { executionId, workflow, rows });
  }
  return whole;
}
