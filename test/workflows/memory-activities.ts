import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  activityInfo,
  cancellationSignal,
  heartbeat,
} from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';
import type { FailureCode } from '../../workflows/contract/errors.ts';
import type { Ending, Prepared } from '../../workflows/contract/executions.ts';
import type { TurnRequest, TurnResult } from '../../workflows/contract/turns.ts';
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
      /** The activity says that the turn failed for good. */
      readonly fails?: FailureCode;
      /** The activity itself fails, and Temporal gives up on it. */
      readonly throws?: ApplicationFailure;
      /** Speaks only after `release` of the seat, or is cancelled. */
      readonly held?: true;
      /** The first attempt is never heard of again, as when its worker dies. */
      readonly dies?: true;
    };

/** What an execution's rows hold, as the fakes keep them. */
export class MemoryExecution {
  readonly prepared: Prepared;
  /** Every turn asked for, once, in the order of asking. */
  readonly asked: TurnRequest[] = [];
  /** Sequences whose turn was cancelled. */
  readonly cancelled: number[] = [];
  readonly recordedFailures: { sequence: number; code: FailureCode }[] = [];
  readonly endings: Ending[] = [];
  /** How many more database activities fail, as when the database is away. */
  databaseIsAway = 0;
  readonly #lines: Map<string, Line[]>;
  readonly #said = new Map<number, Line>();
  readonly #holds = new Map<string, PromiseWithResolvers<void>>();

  constructor(prepared: Prepared, lines: Readonly<Record<string, readonly Line[]>>) {
    this.prepared = prepared;
    this.#lines = new Map(Object.entries(lines).map(([slot, said]) => [slot, [...said]]));
  }

  release(slot: string): void {
    this.#holdOf(slot).resolve();
  }

  knock(): void {
    if (this.databaseIsAway-- > 0) throw new Error('the database is away');
  }

  async speak(turn: TurnRequest): Promise<TurnResult> {
    const { sequence } = turn;
    const line = this.#lineOf(turn);
    if (typeof line === 'object' && line.dies && activityInfo().attempt === 1)
      await new Promise(() => {});
    if (typeof line === 'object' && line.held) await this.#heldUntilReleased(turn);
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
      confidence: 0.5,
      anotherRound: said.anotherRound ?? false,
      groups: said.groups ?? null,
      tokens: 10,
      costUsd: '0.000010',
    };
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
    this.asked.push(turn);
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
      if (isFree) return;
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
export function memoryActivities(executions: ReadonlyMap<string, MemoryExecution>): Activities {
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
      return find(key).prepared;
    },
    closeExecution: async ({ ending, ...key }) => {
      find(key).knock();
      find(key).endings.push(ending);
    },
    recordTurnFailure: async (turn) => {
      find(turn).recordedFailures.push({ sequence: turn.sequence, code: turn.code });
    },
    openChild: async (request) => find(request).openChild(request.name),
    chooseBranch: async (request) => find(request).branch,
    postResults: async ({ names, ...request }) => void find(request).posted.push([...names]),
    sweep: async () => ({ started: 1, closed: 2, released: 3 }),
  };
}
