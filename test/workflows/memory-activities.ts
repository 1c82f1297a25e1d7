import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  activityInfo,
  cancellationSignal,
  heartbeat,
} from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import type { ChildOpened } from '../../workflows/contract/children.ts';
import type { FailureCode } from '../../workflows/contract/errors.ts';
import type {
  Closed,
  Ending,
  Placed,
  Placing,
  Prepared,
} from '../../workflows/contract/executions.ts';
import type { GateOpening, GatePlan, GateStanding } from '../../workflows/contract/gates.ts';
import type { ExecutionWorkflow } from '../../workflows/contract/names.ts';
import type { DueStart } from '../../workflows/contract/schedules.ts';
import type {
  ItemRoute,
  TurnAsks,
  TurnRequest,
  TurnResult,
} from '../../workflows/contract/turns.ts';
import { groupEqual } from '../../workflows/domain/positions.ts';

/** What a seat does in its next turn: a number chooses that option, a text is a position in free text. */
export type Line =
  | number
  | string
  | {
      readonly option?: number | null;
      readonly abstained?: true;
      readonly anotherRound?: true;
      /** A judge's groups. */
      readonly groups?: readonly number[];
      /** Of a plan: for each part the place of its seat in what was asked, or null. */
      readonly parts?: readonly (number | null)[];
      readonly confidence?: number;
      /** Milliseconds that the turn takes. */
      readonly takes?: number;
      /** Asks a person first, as often; the line is said when all is answered. */
      readonly asks?: number;
      /** The activity says that the turn failed for good. */
      readonly fails?: FailureCode;
      /** The activity itself fails, and Temporal gives up on it. */
      readonly throws?: ApplicationFailure;
      /** Speaks only after `release` of the seat, or is cancelled. */
      readonly held?: true;
      /** The first attempt is never heard of again, as when its worker dies. */
      readonly dies?: true;
    };

/** How a question stands, whatever its id. */
type Standing = GateStanding extends infer Each
  ? Each extends GateStanding
    ? Omit<Each, 'interactionId'>
    : never
  : never;
/** A child execution, with rows of its own. */
export interface MemoryChild {
  readonly executionId: string;
  readonly workflow: ExecutionWorkflow;
  readonly rows: MemoryExecution;
}

/** What an execution's rows hold, as the fakes keep them. */
export class MemoryExecution {
  readonly prepared: Prepared;
  /** Sequences whose turn was cancelled. */
  readonly cancelled: number[] = [];
  readonly recordedFailures: { sequence: number; code: FailureCode }[] = [];
  readonly endings: Ending[] = [];
  /** Interjections that wait for their place, and where any were placed. */
  waiting = 0;
  readonly placings: Placing[] = [];
  /** Turns up to this one are kept of an earlier run. */
  keptUpTo = 0;
  /** Where people are asked; without them where the plan says. */
  gates: readonly GatePlan[] = [];
  /** Gates that were opened, in their order; a repeat is not. */
  readonly opened: GateOpening[] = [];
  /** How often a question was looked at. */
  looks = 0;
  /** What people said in the transcript. */
  readonly placed: { sequence: number; round: number }[] = [];
  readonly pauses: { userId: string; isPaused: boolean }[] = [];
  /** How the questions stand, by the gate's index; one that is not here waits for an answer. */
  readonly standings = new Map<number, Standing>();
  /** Questions of agents, by call: `<sequence>/<call>`; those in `withdrawn` are of no use any more. */
  readonly questions: string[] = [];
  readonly withdrawn: string[] = [];
  /** How the questions of agents stand; one that is not here waits for an answer. */
  readonly answers = new Map<string, Standing>();
  /** It is a child, and its parent has opened it. */
  isOpened = false;
  /** Its output is a number. */
  hasNumber = false;
  /** The children of a compound, by name; one that is not here has no valid input. */
  readonly children = new Map<string, MemoryChild>();
  /** What `chooseBranch` says. */
  branch: string | null = null;
  /** What was posted for a synthesizer. */
  readonly posted: string[][] = [];
  /** Who gets the parts of a plan, or the items of the input. */
  routes: readonly ItemRoute[] = [];
  /** The workflow is not told its routes, and asks for them. */
  tellsNoRoutes = false;
  /** The plans that `routeItems` was asked about. */
  readonly routed: (number | null)[] = [];
  /** How many more database activities fail, as when the database is away. */
  databaseIsAway = 0;
  readonly #asked: TurnRequest[] = [];
  readonly #lines: Map<string, Line[]>;
  readonly #said = new Map<number, Line>();
  readonly #holds = new Map<string, PromiseWithResolvers<void>>();

  constructor(prepared: Prepared, lines: Readonly<Record<string, readonly Line[]>>) {
    this.prepared = prepared;
    this.#lines = new Map(Object.entries(lines).map(([slot, said]) => [slot, [...said]]));
  }

  /** Every turn asked for, once, in the order of their numbers: those of a round arrive in any order. */
  get asked(): readonly TurnRequest[] {
    return this.#asked.toSorted((a, b) => a.sequence - b.sequence);
  }

  /** As `openChild` has it: open until the child has written its ending. */
  openChild(name: string): ChildOpened {
    this.knock();
    const child = this.children.get(name);
    if (!child) return { status: 'unfit', field: 'question' };
    const { executionId, rows, workflow } = child;
    const closed = rows.closed(executionId);
    if (closed) return closed;
    const { isOpened, prepared } = rows;
    rows.isOpened = true;
    const isNew = !isOpened && prepared.status === 'ready';
    return { status: 'open', executionId, workflow, ...(isNew && { prepared }) };
  }

  /** How it ended, by its first ending; null: it is open. */
  closed(executionId: string): Closed | null {
    const [ending] = this.endings;
    if (!ending) return null;
    const code = ending.state === 'failed' ? ending.code : null;
    const { hasNumber } = this;
    return { status: 'closed', executionId, state: ending.state, code, hasNumber };
  }

  release(slot: string): void {
    this.#holdOf(slot).resolve();
  }

  /** What the rows say now. */
  asPrepared(): Prepared {
    if (this.prepared.status === 'closed') return this.prepared;
    return {
      ...(this.waiting > 0 && { interjections: { placed: [], waiting: true } }),
      ...this.prepared,
      ...(this.gates.length > 0 && { gates: this.gates }),
    };
  }

  knock(): void {
    if (this.databaseIsAway-- > 0) throw new Error('the database is away');
  }

  async speak(turn: TurnRequest): Promise<TurnResult | TurnAsks> {
    const { sequence } = turn;
    const line = this.#lineOf(turn);
    const asks = typeof line === 'object' ? (line.asks ?? 0) : 0;
    for (let call = 0; call < asks; call++) {
      const callId = `${sequence}/${call}`;
      const { state } = this.answers.get(callId) ?? { state: 'waiting' };
      if (state === 'waiting' || state === 'cancelled') return { status: 'asks', sequence, callId };
    }
    if (typeof line === 'object' && line.dies && activityInfo().attempt === 1)
      await new Promise(() => {});
    if (typeof line === 'object' && line.held) await this.#heldUntilReleased(turn);
    if (typeof line === 'object' && line.takes) await sleep(line.takes);
    if (typeof line === 'object' && line.throws) throw line.throws;
    if (typeof line === 'object' && line.fails)
      return { status: 'failed', sequence, code: line.fails };
    const said = typeof line === 'object' ? line : {};
    return {
      status: 'spoken',
      sequence,
      messageId: `message-${sequence}`,
      responseId: `message-${sequence}`,
      position: typeof line === 'number' ? line : (said.option ?? null),
      abstained: said.abstained ?? false,
      confidence: said.confidence ?? 0.5,
      anotherRound: said.anotherRound ?? false,
      groups: said.groups ?? null,
      ...(said.parts && { parts: said.parts }),
      ...(turn.ask.kind === 'assign' && !this.tellsNoRoutes && { routes: this.routes }),
      tokens: 10,
      costUsd: '0.000010',
    };
  }

  /** What a person said has waited since; the next turns hear it. */
  place(placing: Placing): Placed {
    this.knock();
    this.placings.push(placing);
    if (placing.from <= this.keptUpTo) return { count: 0, waiting: true };
    const count = this.waiting;
    this.waiting = 0;
    return { count, waiting: false };
  }

  open(opening: GateOpening): GateStanding {
    if (!this.opened.some(({ gate }) => gate === opening.gate)) this.opened.push(opening);
    return this.standingOf(opening.gate);
  }

  ask(callId: string): GateStanding {
    if (!this.questions.includes(callId)) this.questions.push(callId);
    return this.answerTo(callId);
  }

  answerTo(callId: string): GateStanding {
    const standing = this.answers.get(callId) ?? { state: 'waiting', dueMs: null };
    return { interactionId: callId, ...standing } as GateStanding;
  }

  standingOf(gate: number): GateStanding {
    const interactionId = `interaction-${gate}`;
    const standing = this.standings.get(gate) ?? { state: 'waiting', dueMs: null };
    return { interactionId, ...standing } as GateStanding;
  }

  group(sequences: readonly number[]): number[] {
    return groupEqual(
      sequences.map((sequence) => {
        const line = this.#said.get(sequence);
        if (typeof line !== 'string') throw new Error(`${sequence} holds no position in free text`);
        return line;
      }),
    );
  }

  /** The ledger: a sequence that has its line keeps it, however often it is attempted. */
  #lineOf(turn: TurnRequest): Line {
    const known = this.#said.get(turn.sequence);
    if (known !== undefined) return known;
    const line = this.#lines.get(turn.slot)?.shift();
    if (line === undefined) throw ApplicationFailure.nonRetryable(`${turn.slot} has no line left`);
    this.#asked.push(turn);
    this.#said.set(turn.sequence, line);
    return line;
  }

  async #heldUntilReleased(turn: TurnRequest): Promise<void> {
    const signal = cancellationSignal();
    const hold = this.#holdOf(turn.slot);
    while (!signal.aborted) {
      heartbeat();
      const isFree = await Promise.race([
        hold.promise.then(() => true),
        sleep(50, false, { signal }).catch(() => false),
      ]);
      if (isFree) {
        this.#holds.delete(turn.slot);
        return;
      }
    }
    this.cancelled.push(turn.sequence);
    throw signal.reason;
  }

  #holdOf(slot: string): PromiseWithResolvers<void> {
    const hold = this.#holds.get(slot) ?? Promise.withResolvers<void>();
    this.#holds.set(slot, hold);
    return hold;
  }
}

/** The activities over executions in memory, found by id. */
export function memoryActivities(
  executions: ReadonlyMap<string, MemoryExecution>,
  schedules: ReadonlyMap<string, DueStart[]>,
): Activities {
  const find = ({ executionId }: { executionId: string }) => {
    const execution = executions.get(executionId);
    if (!execution) throw ApplicationFailure.nonRetryable(`no execution ${executionId}`);
    return execution;
  };
  return {
    takeTurn: async (turn) => find(turn).speak(turn),
    groupPositions: async (request) => find(request).group(request.sequences),
    prepareExecution: async (key) => {
      find(key).knock();
      return find(key).asPrepared();
    },
    closeExecution: async ({ ending, ...key }) => {
      find(key).knock();
      find(key).endings.push(ending);
      return find(key).closed(key.executionId);
    },
    placeInterjections: async (placing) => find(placing).place(placing),
    recordTurnFailure: async (turn) => {
      find(turn).recordedFailures.push({ sequence: turn.sequence, code: turn.code });
    },
    openInteraction: async (opening) => find(opening).open(opening),
    attendInteraction: async ({ interactionId, ...key }) => {
      find(key).knock();
      find(key).looks += 1;
      if (interactionId.includes('/')) return find(key).answerTo(interactionId);
      return find(key).standingOf(Number(interactionId.replace('interaction-', '')));
    },
    askPerson: async ({ callId, ...key }) => find(key).ask(callId),
    withdrawQuestion: async ({ interactionId, ...key }) =>
      void find(key).withdrawn.push(interactionId),
    placeAnswer: async ({ sequence, round, ...key }) => {
      find(key).placed.push({ sequence, round });
    },
    recordPause: async ({ userId, isPaused, ...key }) => {
      find(key).pauses.push({ userId, isPaused });
    },
    routeItems: async (request) => {
      find(request).routed.push(request.plan);
      return find(request).routes;
    },
    openChild: async (request) => find(request).openChild(request.name),
    chooseBranch: async (request) => find(request).branch,
    postResults: async ({ results, ...request }) =>
      void find(request).posted.push(results.map(({ name }) => name)),
    startScheduled: async (due) => void schedules.get(due.scheduleId)?.push(due),
    sweep: async () => ({ started: 1, closed: 2, told: 4, released: 3, woken: 5 }),
  };
}
