import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ExecutionRequest, Prepared, PreparedSeat } from '../contract/executions.ts';
import type { GatePlace } from '../contract/gates.ts';
import { type Progress, progressQuery } from '../contract/messages.ts';
import type { ExecutionWorkflow } from '../contract/names.ts';
import type { Outcome } from '../contract/outcomes.ts';
import type { Ask, Hears, TurnResult } from '../contract/turns.ts';
import { openGates } from './gate.ts';
import { openNumbers } from './numbers.ts';
import { type Pauses, listenToPauses } from './pause.ts';
import { openQuestions } from './questions.ts';
import { makeStandstill } from './search-attributes.ts';
import { makeSpeak } from './speak.ts';

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
  /**
   * Goes into a round, and into a stage where there are stages: waits until a person's pause is over and people have let
   * it pass, announces it to whoever watches, and listens. Call it before the round's turns get their numbers.
   */
  enter(round: number, maxRounds: number, stage?: string): Promise<void>;
  /** Gives what people have said meanwhile its place, before the turns that shall hear it are planned. */
  listen(): Promise<void> | undefined;
  take(speech: Speech): Promise<TurnResult>;
  /** Who gave no answer in this round, and why: `debater_1 (model_refused)`. */
  silent(): readonly string[];
  /** Has a child run, where a person's pause does not hold the execution; pause and resume are handed on to it. */
  readonly accompany: Pauses['accompany'];
}

/** The floor as the frame of every execution knows it. */
export interface OpenFloor extends Floor {
  /** What the rows say about gates and pause, as soon as they are read. */
  begin(prepared: Prepared): void;
  /**
   * Waits until a person's pause is over and people have let the execution pass here. Throws `rejected` or
   * `gate_expired`; returns the interactions that said more than yes. Undefined: nothing holds it.
   */
  pass(place: GatePlace, outcome?: Outcome): Promise<readonly string[]> | undefined;
  /** Waits while a person has paused it, and until signals have been dealt with. */
  rest(): Promise<void>;
}

/**
 * Opens the floor. Called before the first await, so that the query always has an answer. What a turn as a rule need not
 * wait for is not awaited: Temporal keeps a stack trace of each promise, and these would be half of all.
 */
export function openFloor(request: ExecutionRequest, type: ExecutionWorkflow): OpenFloor {
  let rounds = { round: 0, maxRounds: 0 };
  const counts = { spoken: 0, failed: 0 };
  const speaking = new Set<string>();
  let silent: string[] = [];

  const heading = request.title === undefined ? type : `${request.title} (${type})`;
  setCurrentDetails(heading);
  setHandler(progressQuery, (): Progress => ({ ...rounds, ...counts, speaking: [...speaking] }));

  const standstill = makeStandstill(request, type);
  const pauses = listenToPauses(request, standstill);
  const numbers = openNumbers(request);
  const questions = openQuestions(request, standstill);
  const nextPlace = () => ({ sequence: numbers.next(), round: rounds.round });
  const gates = openGates({ request, questions, nextPlace });
  const speak = makeSpeak({ questions, pauses });
  const pass: OpenFloor['pass'] = (place, outcome) => {
    const pausing = pauses.over();
    const asking = () => gates.pass(place, outcome);
    const passing = pausing ? pausing.then(asking) : asking();
    return passing?.then(async (decided = []) => {
      await pauses.over();
      return decided;
    });
  };

  return {
    request,
    async accompany(workflowId, start) {
      await gates.confirmed();
      return pauses.accompany(workflowId, start);
    },
    begin(prepared) {
      if (prepared.status === 'closed') return;
      gates.begin(prepared.gates ?? []);
      pauses.begin(prepared.isPaused ?? false);
      if (prepared.interjections) numbers.recall(prepared.interjections);
    },
    pass,
    async rest() {
      await gates.confirmed();
      await pauses.rest();
    },
    nextSequence: () => numbers.next(),
    listen: () => numbers.listen(rounds.round),
    async enter(round, maxRounds, stage) {
      const passing = pass(stage === undefined ? `round:${round}` : `stage:${stage}`);
      if (passing) await passing;
      rounds = { round, maxRounds };
      silent = [];
      setCurrentDetails(`${heading}: round ${round} of ${maxRounds}`);
      const listening = numbers.listen(round);
      if (listening) await listening;
    },
    async take({ seat, ...speech }) {
      const { ownerId, executionId } = request;
      const { agentExecutionId, slot } = seat;
      const pausing = pauses.over();
      if (pausing) await pausing;
      speaking.add(slot);
      try {
        const result = await speak(
          seat,
          { ownerId, executionId, agentExecutionId, slot, ...speech },
          summary(speech, slot),
        );
        const confirming = gates.confirmed();
        if (confirming) await confirming;
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
