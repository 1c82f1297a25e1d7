import { findingsText } from '../../workflows/domain/prompts/findings-text.ts';
import { extentOf } from '../../workflows/domain/extent.ts';
import type { Execution } from '../db/entities/execution.ts';
import { planOf } from '../../workflows/domain/plan-parts.ts';
import { failureText } from './progress.ts';
import type { ReadInterjection } from './read-interjections.ts';
import type { ReadMessage } from './read-messages.ts';

const REHEARSED =
  '> **Rehearsal.** Answers marked so were made up offline to try things out; no model was asked.';

/** What an execution is called, where that is not its type. */
const KINDS: Readonly<Partial<Record<string, string>>> = {
  soloAgent: 'single agent',
  chain: 'chain of command',
};
const HEADINGS = { round: 'Round', stage: 'Stage' } as const;

/** The transcript for people, as Markdown. What was said is quoted, so that no text of an agent can pass for ours. */
export function transcript(
  execution: Execution,
  messages: readonly ReadMessage[],
  told: {
    readonly interjections: readonly ReadInterjection[];
    readonly children: readonly Execution[];
  },
): string {
  const { title, input, workflowType, definition } = execution;
  const { step } = extentOf(definition);
  const rounds = Map.groupBy(messages, ({ round }) => round);
  return [
    `# ${oneLine(title ?? `Transcript of a ${KINDS[workflowType] ?? workflowType}`)}`,
    ...(messages.some(({ rehearsal }) => rehearsal) ? [REHEARSED] : []),
    quoted(input.question ?? input.task ?? input.artifact ?? ''),
    ...(input.options ? [`Options: ${input.options.map(oneLine).join(' · ')}`] : []),
    ...[...rounds].flatMap(([round, said]) => [
      ...(step === 'turn' || step === 'child' ? [] : [`## ${HEADINGS[step]} ${round}`]),
      ...said.map(messageText),
    ]),
    ...unheard(told.interjections),
    ...childrenOf(told.children),
    ...endingOf(execution),
  ]
    .join('\n\n')
    .concat('\n');
}

function messageText(message: ReadMessage): string {
  const { name, slot, type, recipients, choice, confidence, rehearsal, edited, content } = message;
  const seat = type === 'interjection' ? `a person${toWhom(recipients)}` : slot;
  const who = `**${oneLine(name ?? 'Conclave')}**${seat === null ? '' : ` (${seat})`}`;
  const sure = confidence === null ? '' : `, ${Math.round(confidence * 100)} % sure`;
  const choose = choice === null ? '' : `: *${oneLine(choice)}*${sure}`;
  const parts = planOf(content.data).map(
    (part) =>
      `- ${oneLine(part.title)}${part.to === null ? '' : ` (${part.to})`}: ${oneLine(part.task)}`,
  );
  const said = [content.text, findingsText(content.data), parts.join('\n')]
    .filter(Boolean)
    .join('\n');
  const marks = `${rehearsal ? ' [rehearsal]' : ''}${edited ? ' [edited]' : ''}`;
  return `${who}${marks}${choose}\n\n${quoted(said)}`;
}

const toWhom = (slots: readonly string[] | null): string =>
  slots === null ? '' : `, to ${slots.join(', ')}`;

/** What people said and nobody has heard: the execution ended before, or has not come to it yet. */
function unheard(interjections: readonly ReadInterjection[]): string[] {
  const waiting = interjections.filter(({ state }) => state !== 'heard');
  if (waiting.length === 0) return [];
  return [
    '## Not heard',
    ...waiting.map(
      ({ text, to, state }) =>
        `A person${toWhom(to)}, ${state === 'expired' ? 'too late: nobody heard it' : 'not heard yet'}:\n\n${quoted(text)}`,
    ),
  ];
}

/** Where the transcripts of child executions are, and what they came to. */
function childrenOf(children: readonly Execution[]): string[] {
  const lines = children.map(({ id, parentSlot, workflowType, state, output }) => {
    const answer = typeof output?.['answer'] === 'string' ? `: *${oneLine(output['answer'])}*` : '';
    const kind = KINDS[workflowType] ?? workflowType;
    return `- [${parentSlot}](/v1/executions/${id}/transcript) (${kind}), ${state}${answer}`;
  });
  return lines.length === 0 ? [] : ['## Children', lines.join('\n')];
}

function endingOf({ state, output, error, errorDetails }: Execution): string[] {
  if (state === 'completed') return ['## Outcome', ...outcomeOf(output ?? {})];
  if (state === 'failed')
    return ['## Failed', oneLine(`${error}: ${failureText(errorDetails ?? null) ?? ''}`)];
  if (state === 'cancelled') return ['## Cancelled'];
  return [`*The execution is ${state}; this is what was said so far.*`];
}

function outcomeOf(output: Readonly<Record<string, unknown>>): string[] {
  const given = rows(output['contributions']);
  const votes = [
    ...rows(output['votes']),
    ...given.filter(({ status }) => status === undefined),
  ].map(
    ({ slot, agent, choice, value }) =>
      `- ${line(agent)} (${line(slot)}): ${line(value ?? choice)}`,
  );
  const dissent = rows(output['dissent']).map(
    ({ slot, choice, answer, reasoning }) =>
      `- ${line(slot)}${choice === null ? '' : `, for ${line(choice ?? answer)}`}: ${line(reasoning)}`,
  );
  const contributions = given
    .filter(({ status }) => status !== undefined)
    .map(
      ({ slot, agent, part, item, status }) =>
        `- ${line(agent)} (${line(slot)}): ${line(part ?? item)}, ${line(status).replaceAll('_', ' ')}`,
    );
  const { answer, text } = output;
  return [
    typeof answer === 'string' ? `**${oneLine(answer)}**` : '**No answer was agreed on.**',
    ...(typeof text === 'string' ? [quoted(text)] : []),
    ...(votes.length > 0 ? ['### Votes', votes.join('\n')] : []),
    ...(contributions.length > 0 ? ['### Contributions', contributions.join('\n')] : []),
    ...(dissent.length > 0 ? ['### Dissent', dissent.join('\n')] : []),
  ];
}

const rows = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? (value as Readonly<Record<string, unknown>>[]) : [];

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((each) => `> ${each}`)
    .join('\n');

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function line(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? oneLine(value) : '–';
}
