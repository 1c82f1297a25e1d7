import { ModelCallFailed, NotYet } from '../workflows/contract/errors.ts';
import type { Call } from './call.ts';
import type { InferenceDeps } from './ports/deps.ts';
import type { Completion } from './ports/models.ts';
import type { Answer, StoredTurn } from './ports/turn-ledger.ts';
import { readAnswer } from './read-answer.ts';
import { readQuestion, toolsOf } from './tools.ts';
import { untilStored } from './until-stored.ts';

/** Writes what came back: a question to a person, an answer, or that it is neither. */
export async function keepOutcome(
  deps: InferenceDeps,
  call: Call,
  completion: Completion,
): Promise<StoredTurn | 'again'> {
  const { turn, context, model, form } = call;
  if (completion.finishReason === 'content_filter')
    return refuse(deps, call, completion, 'model_refused', `${model.model} declined to answer`);
  if (toolsOf(context.agent).length > 0 && completion.toolCalls.length > 0)
    return keepQuestion(deps, call, completion);
  const reading = readAnswer(turn, context, form, completion);
  if (!reading.valid)
    return refuse(deps, call, completion, 'invalid_output', reading.reason, completion.text);
  return keepAnswer(deps, call, completion, reading.answer);
}

async function keepAnswer(
  { ledger, live }: InferenceDeps,
  { turn, context, record, show }: Call,
  completion: Completion,
  answer: Answer,
): Promise<StoredTurn> {
  const stored = await untilStored(() => ledger.succeed(turn, context, record(completion), answer));
  live.nudge();
  if (stored === null) throw anotherIsAtWork();
  show('done');
  return stored;
}

async function keepQuestion(
  deps: InferenceDeps,
  call: Call,
  completion: Completion,
): Promise<'again'> {
  const { turn, context, record, show } = call;
  const { agent, asked = [] } = context;
  if (asked.length >= agent.maxToolCalls) {
    const reason = `It has called tools ${asked.length} times in this turn, which is all that maxToolCalls allows.`;
    return refuse(deps, call, completion, 'loop_detected', reason);
  }
  const reading = readQuestion(completion);
  if (!reading.valid)
    return refuse(deps, call, completion, 'invalid_output', reading.reason, reading.text);
  const { question } = reading;
  const isStored = await untilStored(() =>
    deps.ledger.ask(turn, context, record(completion), question),
  );
  if (!isStored) throw anotherIsAtWork();
  show('tool');
  return 'again';
}

/** Writes that what came back is of no use; `text` is kept for its repair. */
async function refuse(
  { ledger }: InferenceDeps,
  { turn, context, record }: Call,
  completion: Completion,
  code: 'model_refused' | 'invalid_output' | 'loop_detected',
  message: string,
  text?: string,
): Promise<'again'> {
  const failure = new ModelCallFailed(code, message, { retryable: false });
  await untilStored(() => ledger.fail(turn, context, record(completion), failure, text));
  return 'again';
}

const anotherIsAtWork = () =>
  new NotYet('lease_lost', 'another attempt of this call is still at work', 1_000);
