import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { inferenceActivities } from '../../activities/index.ts';
import type {
  CallContext,
  CallRecord,
  Completion,
  ModelProvider,
  StoredTurn,
  TurnBegun,
  TurnLedger,
} from '../../activities/ports.ts';
import { EngineError, ModelCallFailed } from '../../workflows/contract/errors.ts';
import type { LiveNote } from '../../workflows/contract/live.ts';
import type { TurnResult } from '../../workflows/contract/turns.ts';
import { quietTemporal } from '../support/quiet.ts';
import { rehearsingAgent, turnOf } from '../support/work.ts';

quietTemporal();

describe('takeTurn', () => {
  test('asks the model once and returns ids and small verdicts', async () => {
    const { take, ledger, notes } = stage({ answers: [GOOD] });

    const result = await take();

    expect(result).toEqual({
      status: 'spoken',
      sequence: 1,
      messageId: 'm1',
      responseId: 'm1',
      position: 0,
      abstained: false,
      confidence: 0.9,
      anotherRound: false,
      groups: null,
      tokens: 30,
      costUsd: '0.000050',
    });
    expect(ledger.succeeded).toMatchObject([
      { costUsd: '0.000050', usage: { input: 10, output: 20 } },
    ]);
    expect(notes.map(({ kind }) => kind)).toEqual(['turn', 'token', 'token', 'turn']);
    expect(notes.filter(({ kind }) => kind === 'token')).toMatchObject([
      { index: 0 },
      { index: 5 },
    ]);
  });

  test('calls nobody when the ledger holds the outcome', async () => {
    const { take, asked } = stage({ begun: [{ status: 'done', outcome: STORED }] });

    expect(await take()).toMatchObject({ status: 'spoken', messageId: 'm1' });
    expect(asked).toHaveLength(0);
  });

  test('asks for a repair when the form is wrong, and keeps the text for it', async () => {
    const { take, ledger, asked } = stage({ answers: [{ ...GOOD, structured: {} }, GOOD] });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(asked).toHaveLength(2);
    expect(ledger.failed).toMatchObject([
      { code: 'invalid_output', text: 'Ship it.', retryable: false },
    ]);
  });

  test('a busy provider is left in peace until it says', async () => {
    const busy = new ModelCallFailed('model_unavailable', 'busy', {
      retryable: true,
      retryAfterMs: 7_000,
    });
    const { take, ledger } = stage({ answers: [busy] });

    await expect(take()).rejects.toMatchObject({
      type: 'model_busy',
      nonRetryable: false,
      nextRetryDelay: 7_000,
    });
    expect(ledger.failed).toMatchObject([{ code: 'model_unavailable', retryable: true }]);
  });

  test('the last failure that is allowed leads to the next model at once', async () => {
    const busy = new ModelCallFailed('model_unavailable', 'busy', { retryable: true });
    const { take, asked } = stage({ answers: [busy, GOOD], failures: 3 });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(asked).toHaveLength(2);
  });

  test('a refusal by filter is final', async () => {
    const filtered = { ...GOOD, finishReason: 'content_filter' as const };
    const { take, ledger } = stage({
      answers: [filtered],
      begun: [GO, { status: 'exhausted', code: 'model_refused' }],
    });

    expect(await take()).toEqual({ status: 'failed', sequence: 1, code: 'model_refused' });
    expect(ledger.failed).toMatchObject([{ code: 'model_refused' }]);
    expect(ledger.givenUp).toEqual(['model_refused']);
  });

  test('a turn without room comes back, holding nothing', async () => {
    const { take, ledger, notes } = stage({ begun: [{ status: 'waiting_budget' }] });

    await expect(take()).rejects.toMatchObject({ type: 'waiting_budget', nextRetryDelay: 1_000 });
    expect(ledger.givenUp).toHaveLength(0);
    expect(notes).toMatchObject([{ kind: 'turn', state: 'waiting_budget' }]);
  });

  test('a budget that has ended is a failed turn', async () => {
    const { take } = stage({ begun: [{ status: 'budget_exhausted' }] });

    expect(await take()).toEqual({ status: 'failed', sequence: 1, code: 'budget_exhausted' });
  });

  test('an answer that was paid for is written as soon as the database is back', async () => {
    const { take, ledger, asked } = stage({ answers: [GOOD], outages: 3 });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(asked).toHaveLength(1);
    expect(ledger.succeeded).toHaveLength(1);
  });

  test('a cancelled call is broken off, and its flight ends as nobody’s failure', async () => {
    const { take, ledger, env } = stage({ answers: ['hang'] });

    const taking = take();
    setTimeout(() => env.cancel('CANCELLED'), 50);

    await expect(taking).rejects.toBeInstanceOf(CancelledFailure);
    expect(ledger.failed).toEqual([null]);
  });

  test('no text of a provider reaches the failure that Temporal keeps', async () => {
    const secret = new ModelCallFailed('model_unavailable', 'the prompt said: SECRET', {
      retryable: true,
    });
    const { take } = stage({ answers: [secret] });

    const failure: unknown = await take().catch((error: unknown) => error);

    expect(JSON.stringify(failure) + String(failure)).not.toContain('SECRET');
  });

  test('a repeat tells those who watch to begin anew', async () => {
    const { take, notes } = stage({ answers: [GOOD], begun: [{ ...GO, attempt: 2, ordinal: 1 }] });

    await take();

    expect(notes[0]).toMatchObject({ kind: 'reset', sequence: 1 });
  });
});

const CONTEXT: CallContext = {
  call: 0,
  ordinal: 0,
  attempt: 1,
  modelIndex: 0,
  agent: rehearsingAgent('ada'),
  slot: 'debater_1',
  input: { question: 'Ship?', options: ['yes', 'no'] },
  heard: [],
  omittedRounds: 0,
  callsBefore: 0,
  seed: 'e',
  invalidAnswer: null,
};
const GO = { status: 'go', ...CONTEXT } as const;

const GOOD: Completion = {
  text: 'Ship it.',
  structured: {
    text: 'Ship it.',
    reasoning: 'Tests pass.',
    confidence: 0.9,
    abstain: false,
    choice: 'yes',
  },
  toolCalls: [],
  finishReason: 'stop',
  usage: { input: 10, cached: 0, output: 20, reasoning: 0 },
  providerRequestId: 'req-1',
  firstTokenMs: 3,
};

const STORED: StoredTurn = {
  messageId: 'm1',
  choice: 'yes',
  position: 0,
  output: {},
  confidence: 0.9,
  abstained: false,
  tokens: 30,
  costUsd: '0.000050',
  seed: 'e',
};

interface Script {
  readonly answers?: readonly (Completion | ModelCallFailed | 'hang')[];
  readonly begun?: readonly TurnBegun[];
  /** What `fail` says of earlier failures. */
  readonly failures?: number;
  /** How often the database is away when an outcome is to be written. */
  readonly outages?: number;
}

/** A turn with a ledger, a model and an audience that do what the test wrote. */
function stage({ answers = [], begun = [], failures = 1, outages = 0 }: Script) {
  const notes: LiveNote[] = [];
  const asked: unknown[] = [];
  const ledger = new FakeLedger(begun, failures, outages);
  const queue = [...answers];
  const provider: ModelProvider = {
    isRehearsal: true,
    complete: async (request, { signal, onToken }) => {
      asked.push(request);
      const next = queue.shift();
      if (next === undefined) throw new Error('the script has no more answers');
      if (next === 'hang')
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      if (next instanceof ModelCallFailed) throw next;
      onToken('Ship ');
      onToken('it.');
      return next;
    },
  };
  const { takeTurn } = inferenceActivities({
    models: { open: async () => provider },
    ledger,
    live: { send: (note) => notes.push(note), nudge: () => {} },
  });
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  const seat = { ownerId: 'o', executionId: 'e', agentExecutionId: 's', slot: 'debater_1' };
  const take = (): Promise<TurnResult> => env.run(takeTurn, turnOf(seat));
  return { take, ledger, notes, asked, env };
}

class FakeLedger implements TurnLedger {
  readonly succeeded: CallRecord[] = [];
  readonly failed: unknown[] = [];
  readonly givenUp: string[] = [];
  readonly #begun: TurnBegun[];
  readonly #failures: number;
  #outages: number;

  constructor(begun: readonly TurnBegun[], failures: number, outages: number) {
    this.#begun = [...begun];
    this.#failures = failures;
    this.#outages = outages;
  }

  begin = async (): Promise<TurnBegun> => this.#begun.shift() ?? GO;
  extend = async (): Promise<boolean> => true;

  succeed: TurnLedger['succeed'] = async (_turn, _context, record) => {
    if (this.#outages-- > 0) throw new EngineError('database_unavailable', 'away');
    this.succeeded.push(record);
    return STORED;
  };

  fail: TurnLedger['fail'] = async (_turn, _context, _record, failure, text) => {
    this.failed.push(failure && { code: failure.code, retryable: failure.retryable, text });
    return this.#failures;
  };

  giveUp: TurnLedger['giveUp'] = async (_turn, code) => {
    this.givenUp.push(code);
  };
}
