import type { MikroORM } from '@mikro-orm/postgresql';
import type { Definition, ResolvedAgent } from '../../workflows/contract/definition.ts';
import type { ExecutionInput } from '../../workflows/contract/executions.schema.ts';
import type { TurnRequest } from '../../workflows/contract/turns.ts';
import { UserAccount } from '../../infra/db/entities/user-account.ts';
import { newId } from '../../infra/db/new-id.ts';
import { asOwner, asPrincipal } from '../../infra/db/session.ts';
import { writeExecution } from '../../infra/executions/write-execution.ts';

/** A seat's agent that rehearses, with what a test wants otherwise. */
export const rehearsingAgent = (
  name: string,
  changes: Partial<ResolvedAgent> = {},
): ResolvedAgent => ({
  name,
  role: 'critic',
  description: '',
  personality: null,
  agentId: null,
  templateVersionId: null,
  systemPrompt: null,
  temperature: 0.7,
  maxTokens: 1_000,
  outputFormat: null,
  maxRetries: 2,
  timeoutSeconds: 30,
  maxToolCalls: 0,
  capabilities: [],
  models: [rehearsalModel('rehearsal-1')],
  ...changes,
});

export const rehearsalModel = (model: string): ResolvedAgent['models'][number] => ({
  provider: 'rehearsal',
  providerConfigId: null,
  providerType: 'rehearsal',
  model,
  contextWindow: null,
  maxOutputTokens: null,
  inputUsdPerMtok: '1.000000',
  outputUsdPerMtok: '2.000000',
  cachedUsdPerMtok: null,
});

/** A user of its own, so that no test sees another's rows. */
export async function makeOwner(orm: MikroORM): Promise<string> {
  const id = newId();
  const name = `user-${id}`;
  const em = asPrincipal(orm.em, { userId: id, roles: ['admin'] });
  em.create(UserAccount, { id, username: name, email: `${name}@example.com`, roles: ['member'] });
  await em.flush();
  return id;
}

/** An accepted debate of two, as the API writes it. */
export async function makeExecution(
  orm: MikroORM,
  ownerId: string,
  options: {
    readonly input?: ExecutionInput;
    readonly agents?: readonly ResolvedAgent[];
    readonly limitTokens?: number | null;
  } = {},
): Promise<string> {
  const { input = { question: 'Ship?', options: ['yes', 'no'] }, limitTokens = null } = options;
  const agents = options.agents ?? [rehearsingAgent('ada'), rehearsingAgent('bob')];
  const id = newId();
  const definition: Definition = {
    workflow: 'debate',
    config: {
      maxRounds: 3,
      consensusMethod: 'majority',
      convergenceThreshold: 0.8,
      allowEarlyTermination: true,
      mediatorAgentName: null,
    },
    mediatorSlot: null,
    seats: agents.map((agent, i) => ({
      slot: `debater_${i + 1}`,
      position: i,
      weight: 1,
      agent,
    })),
    notices: [],
  };
  await asOwner(orm.em, ownerId).transactional((em) =>
    writeExecution(
      em,
      { id, ownerId, kind: 'topology', definition, input },
      { limitTokens, limitUsd: null },
      `user:${ownerId}`,
    ),
  );
  return id;
}

/** The first turn of a seat, unless a test says otherwise. */
export const turnOf = (
  seat: Pick<TurnRequest, 'ownerId' | 'executionId' | 'agentExecutionId' | 'slot'>,
  changes: Partial<TurnRequest> = {},
): TurnRequest => {
  const sequence = changes.sequence ?? 1;
  return {
    ...seat,
    round: 1,
    sequence,
    ask: { kind: 'position', round: 1, maxRounds: 3 },
    hears: { before: sequence, rounds: { from: 1, to: 0 } },
    ...changes,
  };
};
