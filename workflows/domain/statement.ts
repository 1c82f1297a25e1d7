import type { Answer } from '../../activities/ports.ts';

/** What a structured answer says: the choice, unless the seat abstains or asks for another round. */
export function statementOf(data: Readonly<Record<string, unknown>>): Answer {
  const { text, reasoning, confidence, abstain, anotherRound } = data;
  const abstained = abstain === true;
  const choice = data['choice'] ?? data['position'] ?? data['answer'];
  return {
    text: String(text),
    output: data,
    choice: abstained || anotherRound === true ? null : String(choice),
    confidence: Number(confidence),
    abstained,
    reasoning: String(reasoning),
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
