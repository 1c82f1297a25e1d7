import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { inferenceActivities } from '../../activities/index.ts';
import type { Completion, ModelProvider } from '../../activities/ports/models.ts';
import type {
  CallContext,
  CallRecord,
  StoredTurn,
  TurnBegun,
  TurnLedger,
} from '../../activities/ports/turn-ledger.ts';
import type { ResolvedAgent } from '../../workflows/contract/definition.ts';
import { EngineError, ModelCallFailed } from '../../workflows/contract/errors.ts';
import type { LiveNote } from '../../workflows/contract/live.ts';
import type { TurnAsks, TurnRequest, TurnResult } from '../../workflows/contract/turns.ts';
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

  test('says with a plan who gets its parts, and that again of a plan in the ledger', async () => {
    const team = {
      config: { routingStrategy: 'capability_match', loadBalance: true, fallbackAgentName: null },
      fallbackSlot: 'fallback',
      seats: [seatOf('coordinator', 'law'), seatOf('specialist_1', 'law'), seatOf('fallback')],
    } as const;
    const plan = ['law', 'code'].map((name) => ({
      title: name,
      task: 'Do it.',
      requiredCapabilities: [name],
    }));
    const outcome = { ...STORED, output: { plan }, team };
    const { take } = stage({ begun: [{ status: 'done', outcome }] });

    const result = await take({ ask: { kind: 'assign', most: 20 } });

    const fallback = { slot: 'fallback', score: 0 };
    expect(result).toMatchObject({
      parts: [null, null],
      routes: [
        { seats: [{ slot: 'specialist_1', score: 0.8 }], spare: [fallback] },
        { seats: [fallback], spare: [] },
      ],
    });
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

describe('takeTurn with ask_person', () => {
  test('a question is kept, and the turn says only where', async () => {
    const { take, ledger, asked, notes } = stage({
      answers: [asking({ question: ' Ship on Friday? ', options: ['yes', 'no'] })],
      begun: [MAY_ASK, { status: 'asks', callId: 'c1' }],
    });

    expect(await take()).toEqual({ status: 'asks', sequence: 1, callId: 'c1' });
    expect(ledger.questions).toEqual([{ question: 'Ship on Friday?', options: ['yes', 'no'] }]);
    expect(asked).toMatchObject([{ tools: [{ name: 'ask_person' }] }]);
    expect(ledger.succeeded).toEqual([]);
    expect(notes.at(-1)).toMatchObject({ kind: 'turn', state: 'tool' });
  });

  test('a turn whose question is open asks no model', async () => {
    const { take, asked } = stage({ begun: [{ status: 'asks', callId: 'c1' }] });

    expect(await take()).toMatchObject({ status: 'asks' });
    expect(asked).toEqual([]);
  });

  test('the next call reads what was asked and answered', async () => {
    const given = [
      { question: 'When?', options: ['Monday', 'Friday'], answer: 'Friday' },
      { question: 'Why?', options: null, answer: null },
    ];
    const { take, asked } = stage({
      answers: [GOOD],
      begun: [{ ...MAY_ASK, call: 2, asked: given }],
    });

    expect(await take()).toMatchObject({ status: 'spoken' });
    const [{ messages }] = asked as [{ messages: { text: string }[] }];
    expect(messages[0]!.text).toMatch(
      /You asked a person: When\?\nTo choose from: Monday; Friday\nAnswer: Friday\n\nYou asked a person: Why\?\nAnswer: Nobody would answer/,
    );
  });

  test.for([
    ['no question', { options: ['a', 'b'] }],
    ['an empty question', { question: ' ' }],
    ['one option', { question: 'Q?', options: ['a'] }],
    ['too many options', { question: 'Q?', options: Array.from({ length: 21 }, (_, i) => `${i}`) }],
    ['an option twice', { question: 'Q?', options: ['a', 'a'] }],
    ['another field', { question: 'Q?', to: 'everyone' }],
  ] as const)('%s is an invalid answer, which is repaired', async ([, args]) => {
    const { take, ledger } = stage({ answers: [asking(args), GOOD], begun: [MAY_ASK, MAY_ASK] });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(ledger.failed).toMatchObject([{ code: 'invalid_output', retryable: false }]);
    expect(JSON.stringify(ledger.failed)).toContain('ask_person');
    expect(ledger.questions).toEqual([]);
  });

  test('a tool that there is not is an invalid answer', async () => {
    const { take, ledger } = stage({
      answers: [asking({ question: 'Q?' }, 'run_command'), GOOD],
      begun: [MAY_ASK, MAY_ASK],
    });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(ledger.failed).toMatchObject([{ code: 'invalid_output' }]);
  });

  test('the call after the last that is allowed fails the turn', async () => {
    const before = { question: 'Q?', options: null, answer: 'A' };
    const { take, ledger } = stage({
      answers: [asking({ question: 'Once more?' })],
      begun: [
        { ...MAY_ASK, call: 2, asked: [before, before] },
        { status: 'exhausted', code: 'loop_detected' },
      ],
    });

    expect(await take()).toEqual({ status: 'failed', sequence: 1, code: 'loop_detected' });
    expect(ledger.failed).toMatchObject([{ code: 'loop_detected' }]);
    expect(ledger.givenUp).toEqual(['loop_detected']);
    expect(ledger.questions).toEqual([]);
  });

  test.for<[string, Partial<ResolvedAgent>]>([
    ['without tools', {}],
    ['that may call none', { tools: ASK_PERSON, maxToolCalls: 0 }],
  ])('an agent %s is offered none', async ([, config]) => {
    const agent = rehearsingAgent('ada', config);
    const { take, asked } = stage({ answers: [GOOD], begun: [{ ...GO, agent }] });

    expect(await take()).toMatchObject({ status: 'spoken' });
    expect(asked).not.toMatchObject([{ tools: expect.anything() }]);
  });

  test('a question that came too late is left to the attempt that is at work', async () => {
    const { take, ledger } = stage({ answers: [asking({ question: 'Q?' })], begun: [MAY_ASK] });
    ledger.isLate = true;

    await expect(take()).rejects.toMatchObject({ type: 'lease_lost' });
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

const ASK_PERSON: ResolvedAgent['tools'] = [{ name: 'ask_person', policy: 'allow' }];
const MAY_ASK = {
  ...GO,
  agent: rehearsingAgent('ada', { tools: ASK_PERSON, maxToolCalls: 2 }),
};

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

/** A completion that calls a tool instead of answering. */
const asking = (args: Readonly<Record<string, unknown>>, name = 'ask_person'): Completion => ({
  ...GOOD,
  text: '',
  structured: null,
  finishReason: 'tool_calls',
  toolCalls: [{ id: 'call_1', name, arguments: args }],
});

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

/** A seat as routing sees it. */
const seatOf = (slot: string, ...names: string[]) => ({
  slot,
  agent: {
    capabilities: names.map((name) => ({
      name,
      proficiency: 0.8,

      enabled: true,
    })),
  },
});

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
  const take = (more: Partial<TurnRequest> = {}): Promise<TurnResult | TurnAsks> =>
    env.run(takeTurn, { ...turnOf(seat), ...more });
  return { take, ledger, notes, asked, env };
}

class FakeLedger implements TurnLedger {
  readonly succeeded: CallRecord[] = [];
  readonly failed: unknown[] = [];
  readonly givenUp: string[] = [];
  readonly questions: unknown[] = [];
  readonly #begun: TurnBegun[];
  readonly #failures: number;
  #outages: number;
  /** Another attempt owns the call. */
  isLate = false;

  constructor(begun: readonly TurnBegun[], failures: number, outages: number) {
    this.#begun = [...begun];
    this.#failures = failures;
    this.#outages = outages;
  }

  begin = async (): Promise<TurnBegun> => this.#begun.shift() ?? GO;
  extend = async (): Promise<boolean> => true;

  ask: TurnLedger['ask'] = async (_turn, _context, _record, question) => {
    this.questions.push(question);
    return !this.isLate;
  };

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
