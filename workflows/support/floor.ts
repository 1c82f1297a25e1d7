import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ExecutionRequest, PreparedSeat } from '../contract/executions.ts';
import { type Progress, progressQuery } from '../contract/messages.ts';
import type { ExecutionWorkflow } from '../contract/names.ts';
import type { Ask, Hears, TurnResult } from '../contract/turns.ts';
import { turn } from './turn.ts';

/** One turn to be taken: who, when, what is asked, and what is heard before. */
export interface Speech {
  readonly seat: PreparedSeat;
  readonly round: number;
  readonly sequence: number;
  readonly ask: Ask;
  readonly hears: Hears;
}

/** Where the turns of an execution are taken: gives out their numbers, and knows how far things are. */
export interface Floor {
  readonly request: ExecutionRequest;
  /** The next sequence number. Given when a turn is planned, in seat order, so that the transcript is the same whatever crashes. */
  nextSequence(): number;
  /** Announces a round to whoever watches. */
  enter(round: number, maxRounds: number): void;
  take(speech: Speech): Promise<TurnResult>;
  /** Who gave no answer in this round, and why: `debater_1 (model_refused)`. */
  silent(): readonly string[];
}

/** Opens the floor. Called before the first await, so that the query always has an answer. */
export function openFloor(request: ExecutionRequest, type: ExecutionWorkflow): Floor {
  let sequence = request.resume?.nextSequence ?? 1;
  let rounds = { round: 0, maxRounds: 0 };
  const counts = { spoken: 0, failed: 0 };
  const speaking = new Set<string>();
  let silent: string[] = [];

  const heading = request.title === undefined ? type : `${request.title} (${type})`;
  setCurrentDetails(heading);
  setHandler(progressQuery, (): Progress => ({ ...rounds, ...counts, speaking: [...speaking] }));

  return {
    request,
    nextSequence: () => sequence++,
    enter(round, maxRounds) {
      rounds = { round, maxRounds };
      silent = [];
      setCurrentDetails(`${heading}: round ${round} of ${maxRounds}`);
    },
    async take({ seat, ...speech }) {
      const { ownerId, executionId } = request;
      const { agentExecutionId, slot } = seat;
      speaking.add(slot);
      try {
        const result = await turn(
          seat,
          { ownerId, executionId, agentExecutionId, slot, ...speech },
          summary(speech, slot),
        );
        counts[result.status] += 1;
        if (result.status === 'failed') silent.push(`${slot} (${result.code})`);
        return result;
      } finally {
        speaking.delete(slot);
      }
    },
    silent: () => silent,
  };
}

function summary({ ask, round }: Pick<Speech, 'ask' | 'round'>, slot: string): string {
  switch (ask.kind) {
    case 'answer':
      return slot;
    case 'position':
      return `round ${ask.round}: ${slot}`;
    case 'mediate':
      return `round ${ask.round}: ${slot} decides`;
    case 'group':
      return `round ${ask.round}: ${slot} groups the positions`;
    case 'split':
    case 'assign':
      return `round ${round}: ${slot} plans`;
    case 'guide':
      return `round ${round}: ${slot} gives guidance`;
    case 'report':
      return `round ${round}: ${slot} ${REPORTING[ask.how]}`;
    case 'produce':
      return `round ${ask.round}: ${slot} writes the artifact`;
    case 'check':
      return `round ${ask.round}: ${slot} checks`;
    case 'rule':
      return `round ${ask.round}: ${slot} decides`;
    case 'contribute':
      return slot;
    case 'synthesize':
      return `${slot} puts the answers together`;
    case 'stage':
      return `stage ${ask.stage}: ${slot}`;
  }
}

const REPORTING = {
  work: 'works',
  merge: 'merges the reports',
  redo: 'works again',
  takeOver: 'takes over',
} as const;
