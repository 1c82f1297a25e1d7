import type { MikroORM } from '@mikro-orm/postgresql';
import type {
  Answer,
  CallContext,
  CallRecord,
  TurnBegun,
} from '../../../activities/ports/turn-ledger.ts';
import { Budget } from '../../../infra/db/entities/budget.ts';
import { CallFlight } from '../../../infra/db/entities/call-flight.ts';
import { LlmCall } from '../../../infra/db/entities/llm-call.ts';
import { Message } from '../../../infra/db/entities/message.ts';
import { callIn } from '../../../infra/db/call.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { makePool } from '../../../infra/db/pool.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { makeTurnLedger } from '../../../infra/db/turn-ledger.ts';
import { test as base } from '../../support/fixtures.ts';
import { makeExecution, makeOwner, turnOf } from '../../support/work.ts';

/** `test` with a ledger over a database of the file's own, and executions that are ready for their first turn. */
export const test = base
  .extend('ledger', { scope: 'file' }, async ({ database }, { onCleanup }) => {
    const pool = makePool(database.appUrl, 4);
    onCleanup(() => pool.end());
    return makeTurnLedger(pool);
  })
  .extend(
    'begin',
    { scope: 'file' },
    async ({ orm }) =>
      (options: Options = {}) =>
        beginExecution(orm, options),
  );

/** What a call of 30 tokens left behind. */
export const RECORD: CallRecord = {
  usage: { input: 10, cached: 0, output: 20, reasoning: 0 },
  costUsd: '0.000050',
  latencyMs: 5,
  firstTokenMs: 2,
  finishReason: 'stop',
  providerRequestId: 'req-1',
  isRehearsal: true,
};

/** The same, with another prompt. */
export const costing = (input: number): CallRecord => ({
  ...RECORD,
  usage: { ...RECORD.usage, input },
});

/** An answer. */
const said = (choice: string): Answer => ({
  text: `I say ${choice}.`,
  output: { choice, text: `I say ${choice}.` },
  choice,
  confidence: 0.8,
  abstained: false,
  reasoning: 'because',
  labels: null,
});
/** Two answers. */
export const YES = said('yes');
export const NO = said('no');

/** The context of a call that may go ahead; anything else fails the test. */
export function go(begun: TurnBegun): CallContext {
  if (begun.status !== 'go') throw new Error(`expected to go ahead, got ${JSON.stringify(begun)}`);
  return begun;
}

type Options = NonNullable<Parameters<typeof makeExecution>[2]>;

/** An execution that is ready for its first turn. */
async function beginExecution(orm: MikroORM, options: Options) {
  const ownerId = await makeOwner(orm);
  const executionId = await makeExecution(orm, ownerId, options);
  const store = makeExecutionStore(orm, callIn(orm.em.fork()));
  const prepared = await store.prepare({ ownerId, executionId, runId: 'run-1' });
  if (prepared.status !== 'ready') throw new Error('the execution is closed');
  const seats = prepared.seats.map(({ agentExecutionId, slot }) => ({
    ownerId,
    executionId,
    agentExecutionId,
    slot,
  }));
  const em = () => asOwner(orm.em, ownerId);
  const order = { sequence: 'asc', call: 'asc', ordinal: 'asc' } as const;
  return {
    turn: turnOf(seats[0]!),
    seats,
    rows: {
      calls: () => em().find(LlmCall, { executionId }, { orderBy: order }),
      flights: () => em().find(CallFlight, { executionId }),
      messages: () =>
        em().find(Message, { executionId }, { orderBy: { sequence: 'asc', id: 'asc' } }),
      budget: () => em().findOneOrFail(Budget, { scopeId: executionId }),
    },
  };
}
