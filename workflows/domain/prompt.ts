import type { ResolvedAgent } from '../contract/definition.ts';
import type { ExecutionInput } from '../contract/executions.schema.ts';
import type { Ask } from '../contract/turns.ts';
import { labelOf, shuffled } from './labels.ts';
import { crosscheckTask } from './prompts/crosscheck-tasks.ts';
import { type AskedPerson, askedText } from './prompts/asked-text.ts';
import { among, debateTask } from './prompts/debate-tasks.ts';
import { isPieceAsk, pieceHeard, pieceTask } from './prompts/piece-tasks.ts';
import { ensembleTask, weighedAnswers } from './prompts/ensemble-tasks.ts';
import { findingsText } from './prompts/findings-text.ts';
import { stageTask } from './prompts/pipeline-tasks.ts';

/** A message as a turn hears it; `own` when the seat said it itself. */
export interface HeardMessage {
  readonly sequence: number;
  readonly round: number;
  readonly kind: 'agent' | 'user';
  readonly slot: string | null;
  readonly name: string;
  readonly text: string;
  /** The option chosen, or the label of the position's group. */
  readonly choice: string | null;
  /** The position in the agent's own words, where it was free text. */
  readonly position: string | null;
  readonly confidence: number | null;
  readonly own: boolean;
  /** The structured answer, where the turn hears data (`Hears.data`). */
  readonly data?: Readonly<Record<string, unknown>> | null;
  /** The seat's weight, where the turn hears data; null for people. */
  readonly weight?: number | null;
}

/** Everything a prompt is made of. The same parts give the same prompt, today and when the call is looked at later. */
export interface PromptParts {
  /** What lots are drawn with: the same in an execution and all its forks. */
  readonly seed: string;
  readonly agent: Pick<
    ResolvedAgent,
    'name' | 'role' | 'description' | 'personality' | 'systemPrompt' | 'outputFormat'
  >;
  readonly slot: string;
  readonly input: ExecutionInput;
  readonly ask: Ask;
  readonly heard: readonly HeardMessage[];
  readonly omittedRounds: number;
  /** What the agent has asked people in this turn, in its order. */
  readonly asked?: readonly AskedPerson[];
  /** The last answer, where it was not valid and this call is its repair. */
  readonly invalidAnswer: string | null;
}

export interface Prompt {
  readonly system: string;
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
}

/** What the model is asked: who it is, what is to be answered, what the others said, what to do now. */
export function renderPrompt(parts: PromptParts): Prompt {
  const user = [inputText(parts.input), heardText(parts), taskText(parts), askedText(parts.asked)]
    .filter(Boolean)
    .join('\n\n');
  const messages: Prompt['messages'] =
    parts.invalidAnswer === null
      ? [{ role: 'user', text: user }]
      : [
          { role: 'user', text: user },
          { role: 'assistant', text: parts.invalidAnswer },
          { role: 'user', text: REPAIR },
        ];
  return { system: systemText(parts), messages };
}

const REPAIR =
  'That answer could not be used: it does not have the form that was asked for. Answer again, and keep to the form exactly.';

/** The part of a prompt that depends on the seat alone. */
function systemText({ agent, slot }: PromptParts): string {
  return [
    `You are ${agent.name} (seat ${slot}), a ${agent.role} in a group of agents.`,
    agent.description,
    agent.personality,
    agent.systemPrompt,
    agent.outputFormat && `Write your answer as ${agent.outputFormat}.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** The input as the agents read it. */
export function inputText(input: ExecutionInput): string {
  const { question, task, artifact, options, context } = input;
  return [
    question !== undefined && `Question:\n${question}`,
    task !== undefined && `Task:\n${task}`,
    artifact !== undefined && `Artifact:\n${artifact}`,
    context !== undefined && `Context:\n${context}`,
    options && `Options:\n${options.map((option) => `- ${option}`).join('\n')}`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function heardText({ seed, ask, input, heard, omittedRounds }: PromptParts): string {
  if (isPieceAsk(ask)) return pieceHeard(ask, input, heard);
  if (ask.kind === 'group') return labelledPositions(seed, ask.sequences, heard);
  if (ask.kind === 'synthesize') return weighedAnswers(ask, heard);
  const lines = heard.map((message) => {
    const who = message.own
      ? 'You'
      : message.kind === 'user'
        ? 'A person'
        : `${message.name} (${message.slot})`;
    const choice = message.choice === null ? '' : ` [${message.choice}]`;
    const said = [message.text, findingsText(message.data)].filter(Boolean).join('\n');
    return `Round ${message.round}, ${who}${choice}:\n${said}`;
  });
  if (omittedRounds > 0)
    lines.unshift(`(${omittedRounds} earlier rounds are left out: they do not fit.)`);
  return lines.length === 0 ? '' : `What was said so far:\n\n${lines.join('\n\n')}`;
}

function labelledPositions(
  seed: string,
  sequences: readonly number[],
  heard: readonly HeardMessage[],
): string {
  const bySequence = new Map(heard.map((message) => [message.sequence, message]));
  const lines = shuffled(sequences, seed).map((sequence, i) => {
    const position = bySequence.get(sequence)?.position ?? '';
    return `${labelOf(i)}: ${position.replaceAll(/\s+/g, ' ')}`;
  });
  return `Positions:\n${lines.join('\n')}`;
}

/** What to do now, by what is asked. A new topology adds its lines here. */
function taskText(parts: PromptParts): string {
  const { ask } = parts;
  switch (ask.kind) {
    case 'answer':
      return parts.input.options ? `${among(parts.input)} and explain it.` : 'Answer.';
    case 'position':
    case 'mediate':
    case 'group':
      return debateTask(ask, parts.input);
    case 'split':
    case 'guide':
    case 'assign':
    case 'report':
      return pieceTask(ask, parts.input);
    case 'produce':
    case 'check':
    case 'rule':
      return crosscheckTask(ask, parts.input.artifact === undefined || ask.round > 1);
    case 'contribute':
    case 'synthesize':
      return ensembleTask(ask, parts.input);
    case 'stage':
      return stageTask(ask, parts.input);
  }
}
