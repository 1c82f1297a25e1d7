import type { Answer } from '../../activities/ports/turn-ledger.ts';

/** What a structured answer says; of a position, a verdict or a decision the choice, unless the seat abstains, asks for another round, or was asked for a number. */
export function statementOf(data: Readonly<Record<string, unknown>>): Answer {
  const { text, reasoning, confidence, abstain, verdict, anotherRound } = data;
  const abstained = abstain === true || verdict === 'abstain';
  const choice = data['choice'] ?? data['position'] ?? data['answer'] ?? verdict;
  return {
    text: String(text),
    output: data,
    choice: typeof choice !== 'string' || abstained || anotherRound === true ? null : choice,
    confidence: typeof confidence === 'number' ? confidence : null,
    abstained,
    reasoning: typeof reasoning === 'string' ? reasoning : null,
    labels: null,
  };
}

/** Why a text is no answer where free text is asked for; null: it is one. */
export function plainProblem(text: string, outputFormat: string | null): string | null {
  if (text.trim() === '') return 'the answer is empty';
  return outputFormat === 'json' && !isJson(text) ? 'the answer is not JSON' : null;
}

/** An answer in free text. */
export const plainAnswer = (text: string): Answer => ({
  text,
  output: null,
  choice: null,
  confidence: null,
  abstained: false,
  reasoning: null,
  labels: null,
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
