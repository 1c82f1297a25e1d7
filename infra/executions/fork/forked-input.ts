import { answerSchema } from '../../../workflows/contract/answers.schema.ts';
import type { ForkExecution } from '../../../workflows/contract/control.schema.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import { addIssues } from '../findings.ts';
import type { OriginMessage } from './kept-messages.ts';

const WORK = ['question', 'task', 'artifact'] as const;

/** The input of a fork: the origin's with parts changed. All that is wrong with the change is added to `problems`. */
export function forkedInput(
  origin: ExecutionInput,
  changes: ForkExecution['input'],
  kept: readonly OriginMessage[],
  problems: Problem[],
): ExecutionInput {
  if (changes === undefined) return origin;
  const isNewWork = WORK.some((part) => changes[part] !== undefined);
  const { question: _q, task: _t, artifact: _a, ...rest } = origin;
  const parsed = ExecutionInput.safeParse({ ...(isNewWork ? rest : origin), ...changes });
  if (!parsed.success) {
    addIssues(problems, 'input', parsed.error.issues);
    return origin;
  }
  if (changes.options) problems.push(...strangers(kept, changes.options));
  return parsed.data;
}

/** Kept answers that are none among the new options. */
function strangers(kept: readonly OriginMessage[], options: readonly string[]): Problem[] {
  return kept.flatMap(({ sequence, ask, output, content, failureCode }) => {
    const form = ask && failureCode === null ? answerSchema(ask, options) : null;
    if (!form || form.safeParse({ ...output, text: content.text }).success) return [];
    const message = `Message ${sequence}, which is kept, is no answer with these options; keep fewer messages, or keep its option.`;
    return [{ path: 'input.options', message }];
  });
}
