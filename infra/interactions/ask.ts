import type { EntityManager } from '@mikro-orm/postgresql';
import type { AgentsQuestion, GateStanding } from '../../workflows/contract/gates.ts';
import { ASK_PERSON, PersonQuestion } from '../../workflows/contract/tools.schema.ts';
import { isClosed } from '../../workflows/domain/transitions.ts';
import { AgentExecution } from '../db/entities/agent-execution.ts';
import { ContentBody } from '../db/entities/content-body.ts';
import type { Execution } from '../db/entities/execution.ts';
import { HumanInteraction } from '../db/entities/human-interaction.ts';
import { LlmCall } from '../db/entities/llm-call.ts';
import { derivedId } from '../db/new-id.ts';
import { lockWithAncestors } from '../executions/lock-execution.ts';
import { attemptOf } from './attempt.ts';
import { attend, databaseTime } from './attend.ts';
import { contentHash } from './content-hash.ts';
import { recordInteraction } from './interaction-event.ts';
import { settleStates } from './standstill.ts';

/**
 * Finds what an agent asks a person in a call, or asks it. A retry of the execution asks anew what was withdrawn when it
 * ended; of what was answered the ledger knows, and does not come here.
 */
export async function askPerson(
  em: EntityManager,
  { executionId, callId }: AgentsQuestion,
): Promise<GateStanding> {
  const line = await lockWithAncestors(em, executionId);
  const execution = line.at(-1);
  if (!execution || isClosed(execution.state)) return { state: 'cancelled' };
  const id = derivedId(callId, `asks/${await attemptOf(em, executionId)}`);
  const found = await em.findOne(HumanInteraction, { id }, { refresh: true });
  if (found) return attend(em, line, found);

  const question = em.create(HumanInteraction, { ...(await rowOf(em, execution, callId)), id });
  recordInteraction(em, execution, question, 'opened');
  await settleStates(em, line, 'workflow');
  return attend(em, line, question);
}

async function rowOf(em: EntityManager, execution: Execution, callId: string) {
  const { id: executionId, ownerId, rootExecutionId, workflowId, workflowType, title } = execution;
  const call = await em.findOneOrFail(LlmCall, { id: callId, executionId });
  const seat = await em.findOneOrFail(AgentExecution, { id: call.agentExecutionId });
  const { question, options = null } = await questionOf(em, call);
  const { slotName: slot, displayName: agent, role, resolvedConfig } = seat;
  const deadline = resolvedConfig.tools?.find(({ name }) => name === ASK_PERSON)?.deadlineSeconds;
  const now = await databaseTime(em);
  const { round, sequence } = call;
  const content = {
    question,
    options,
    agent: { slot, agent, role },
    round,
    sequence,
    callId,
    input: { ...execution.input },
  };
  return {
    ownerId,
    executionId,
    rootExecutionId,
    agentExecutionId: seat.id,
    signalWorkflowId: workflowId,
    gate: `tool:${ASK_PERSON}`,
    kind: options ? ('choice' as const) : ('input' as const),
    title: title ?? workflowType,
    prompt: question,
    content,
    contentHash: contentHash(content),
    options,
    assignees: [`user:${ownerId}`],
    escalation: [],
    deadlineAt: deadline === undefined ? null : new Date(now + deadline * 1_000),
    createdAt: new Date(now),
  };
}

async function questionOf(
  em: EntityManager,
  { ownerId, responseSha256: sha256 }: LlmCall,
): Promise<PersonQuestion> {
  const { body } = await em.findOneOrFail(ContentBody, { ownerId, sha256: sha256! });
  const { options, ...asked } = JSON.parse(Buffer.from(body).toString('utf8')) as Stored;
  return PersonQuestion.parse({ ...asked, ...(options && { options }) });
}

interface Stored {
  readonly question: string;
  readonly options: readonly string[] | null;
}
