import type { ExecutionInput } from '../../contract/executions.schema.ts';
import type { Ask, GivenPiece, Piece } from '../../contract/turns.ts';
import { itemsOf, type PlanPart, planOf } from '../plan-parts.ts';
import type { HeardMessage } from '../prompt.ts';

/** What is asked about work that is split into pieces. */
export type PieceAsk = Extract<Ask, { kind: 'split' | 'guide' | 'assign' | 'report' }>;

/** True for what is asked about work that is split into pieces. */
export const isPieceAsk = (ask: Ask): ask is PieceAsk =>
  ['split', 'guide', 'assign', 'report'].includes(ask.kind);

/** What a seat must know of the work: its piece, drafts and guidance on it, reports on the pieces it gave away. */
export function pieceHeard(
  ask: PieceAsk,
  input: ExecutionInput,
  heard: readonly HeardMessage[],
): string {
  const said = new Map(heard.map((message) => [message.sequence, message]));
  const find = (sequence: number | null): HeardMessage | undefined =>
    sequence === null ? undefined : said.get(sequence);
  const partOf = ({ plan, part }: Piece): PlanPart | undefined =>
    (plan === null ? itemsOf(input) : planOf(find(plan)?.data))[part];
  const piece = 'piece' in ask && ask.piece ? ask.piece : null;
  const draft = find('draft' in ask ? ask.draft : null);
  const guidance = find('guidance' in ask ? ask.guidance : null);
  const pieces = 'pieces' in ask ? ask.pieces : [];
  return [
    piece && `${headingOf(ask)}:\n${partText(partOf(piece))}`,
    ...pieces.map((given) => reportText(given, partOf(given), find(given.report))),
    draft && `The report on it so far, by ${speaker(draft)}:\n${draft.text}`,
    guidance && `Guidance from ${speaker(guidance)}:\n${guidance.text}`,
    ...heard
      .filter(({ kind }) => kind === 'user')
      .map(({ name, text }) => `A person (${name}):\n${text}`),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const headingOf = (ask: PieceAsk): string =>
  ask.kind === 'guide' || (ask.kind === 'report' && ask.how === 'takeOver')
    ? 'The part of your plan that this is about'
    : 'Your part of the work';

const partText = (part: PlanPart | undefined): string =>
  part ? `${part.title}\n${part.task}` : '(It does not fit what you can read at once.)';

function reportText(
  { part, report }: GivenPiece,
  words: PlanPart | undefined,
  said: HeardMessage | undefined,
): string {
  const heading = `Part ${part + 1}${words ? `, ${words.title}` : ''}`;
  if (said) return `${heading}, by ${speaker(said)}:\n${said.text}`;
  return report === null
    ? `${heading}: nobody could do it; there is no report.`
    : `${heading}: the report does not fit what you can read at once.`;
}

function speaker({ own, name, slot, confidence }: HeardMessage): string {
  const sure = confidence === null ? '' : `, ${Math.round(confidence * 100)} % sure`;
  return `${own ? 'you' : `${name} (${slot})`}${sure}`;
}

/** What the seat is to do now. */
export function pieceTask(ask: PieceAsk, input: ExecutionInput): string {
  switch (ask.kind) {
    case 'split':
      return `Split ${ask.piece ? 'your part' : 'the task'} into at most ${ask.most} parts for those below you (${ask.to.join(', ')}). Give each a title and a task that can be understood without the others; name in "to" who does it, or leave it null. An empty plan means that you do it yourself.`;
    case 'guide':
      return 'This report is not sure enough. Say how it can be made better: what is missing, what to check, what to do differently. It is then done once more.';
    case 'assign':
      return `Split the task into at most ${ask.most} items for your specialists. Give each a title and a task that can be understood without the others, and say which capabilities it needs; one specialist must have all of them. An empty plan means that you do the task yourself.`;
    case 'report':
      return `${REPORT[ask.how]} ${input.options && ask.piece === null ? 'Choose exactly one of the options, and say' : 'Say'} how sure you are.`;
  }
}

const REPORT = {
  work: 'Do this work, and report on it.',
  merge: 'Make one report of these: settle what they disagree on, and say what is missing.',
  redo: 'Do your part again, following the guidance, and report on it.',
  takeOver: 'Nobody has done this part well enough: do it yourself, and report on it.',
} as const;
