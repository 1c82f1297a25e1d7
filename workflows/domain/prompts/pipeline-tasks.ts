import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Ask } from '../../contract/turns.ts';
import { among } from './debate-tasks.ts';

/** What a stage of a pipeline is to do with what it is given. */
export function stageTask(
  { stage, stages }: Extract<Ask, { kind: 'stage' }>,
  input: ExecutionInput,
): string {
  const given = stage === 1 ? 'Begin the work' : 'Go on from what the stage before made';
  const wanted =
    stage < stages
      ? 'give your result in full: the next stage hears it and the input, nothing else'
      : input.options
        ? `this is the last stage, so ${lower(among(input))} and explain it`
        : 'this is the last stage, so give the final result in full';
  return `You are stage ${stage} of ${stages}. ${given}, do your part of it, and ${wanted}.`;
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1);
