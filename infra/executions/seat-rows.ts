import { createHash } from 'node:crypto';
import type { ResolvedAgent } from '../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import { inputText, renderPrompt } from '../../workflows/domain/prompt.ts';
import { estimateTokens } from '../../workflows/domain/tokens.ts';
import type { Execution } from '../db/entities/execution.ts';
import { derivedId } from '../db/new-id.ts';

/** Tokens that a turn's instructions and the form of its answer take beside the seat's and the input's own texts. */
const INSTRUCTION_TOKENS = 400;

/** The rows of an execution's seats, from its definition. Ids derive from execution and slot, so that a repeat finds them. */
export function seatRows(execution: Pick<Execution, 'id' | 'ownerId' | 'definition' | 'input'>) {
  const { id: executionId, ownerId, definition } = execution;
  return definition.seats.map(({ slot, position, weight, agent }) => ({
    id: derivedId(executionId, slot),
    ownerId,
    executionId,
    slotName: slot,
    position,
    weight,
    agentId: agent.agentId,
    templateVersionId: agent.templateVersionId,
    displayName: agent.name,
    role: agent.role,
    resolvedConfig: agent,
    promptSha256: promptHash(agent),
    promptTokenEstimate: promptTokens(execution.input, slot, agent),
  }));
}

/** Hash of what makes a seat's prompts, and nothing else: not the model, not ids. Another one means another ask. */
function promptHash(agent: ResolvedAgent): Buffer {
  const {
    name,
    role,
    description,
    personality,
    systemPrompt,
    outputFormat,
    temperature,
    maxTokens,
    tools = [],
  } = agent;
  const settings = [
    name,
    role,
    description,
    personality,
    systemPrompt,
    outputFormat,
    temperature,
    maxTokens,
    ...(tools.length > 0 ? [tools] : []),
  ];
  return createHash('sha256').update(JSON.stringify(settings)).digest();
}

/** Tokens that a seat's prompt takes at most, before anything is heard. */
export function promptTokens(input: ExecutionInput, slot: string, agent: ResolvedAgent): number {
  const { system } = renderPrompt({
    seed: '',
    agent,
    slot,
    input,
    ask: { kind: 'answer' },
    heard: [],
    omittedRounds: 0,
    invalidAnswer: null,
  });
  return estimateTokens(system) + estimateTokens(inputText(input)) + INSTRUCTION_TOKENS;
}
