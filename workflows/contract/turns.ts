import type { AggregationMethod } from '../domain/enums.ts';
import type { FailureCode } from './errors.ts';

/** Which of the earlier messages a turn hears: a selector, never a list of ids. Failed turns, groupings and superseded messages are never heard. */
export interface Hears {
  /** Only messages with a smaller sequence. */
  readonly before: number;
  /** Only these rounds, both inclusive; interjections are heard whatever their round. */
  readonly rounds?: { readonly from: number; readonly to: number };
  /** Only what these seats said. */
  readonly slots?: readonly string[];
  /** Only these messages, and interjections: what stands at such a place is fixed, whoever spoke meanwhile. */
  readonly sequences?: readonly number[];
  /** The structured answers and the seats' weights are needed too, not only the texts. */
  readonly data?: true;
}

/** A piece of a plan: the message that holds the plan (null: it stands in the input), and its place there, from 0. */
export interface Piece {
  readonly plan: number | null;
  readonly part: number;
}

/** A piece that somebody was given, and the message that reports on it; null: there is none. */
export interface GivenPiece extends Piece {
  readonly report: number | null;
}

/** What a turn is asked to do. Names and numbers only: texts are found in the database. */
export type Ask =
  /** One agent answers the input. */
  | { readonly kind: 'answer' }
  /** A debater states a position, in later rounds after hearing the others. */
  | { readonly kind: 'position'; readonly round: number; readonly maxRounds: number }
  /** The mediator decides, or asks for another round where it may. */
  | { readonly kind: 'mediate'; readonly round: number; readonly mayContinue: boolean }
  /** The judge says which free-text positions of a round are the same. */
  | { readonly kind: 'group'; readonly round: number; readonly sequences: readonly number[] }
  /** A superior splits its task (piece null: the whole) for the slots `to`; an empty plan: it does it itself. */
  | {
      readonly kind: 'split';
      readonly piece: Piece | null;
      readonly to: readonly string[];
      readonly most: number;
    }
  /** A superior says how a report that is not sure enough can be made better. */
  | { readonly kind: 'guide'; readonly piece: Piece; readonly draft: number }
  /** A coordinator splits the task into items that ask for capabilities. */
  | { readonly kind: 'assign'; readonly most: number }
  /** A seat reports on a piece (null: the whole), perhaps after a draft, guidance on it, and reports on its own plan's pieces. */
  | {
      readonly kind: 'report';
      readonly how: 'work' | 'merge' | 'redo' | 'takeOver';
      readonly piece: Piece | null;
      readonly draft: number | null;
      readonly guidance: number | null;
      readonly pieces: readonly GivenPiece[];
    }
  /** The producer makes the artifact, or mends it after the findings of the round before. */
  | { readonly kind: 'produce'; readonly round: number }
  /** A checker judges the artifact as it is in this round. */
  | { readonly kind: 'check'; readonly round: number }
  /** The mediator decides on the artifact after hearing the checkers. */
  | { readonly kind: 'rule'; readonly round: number }
  /** A member of an ensemble answers, in the form that the method can put together. */
  | { readonly kind: 'contribute'; readonly method: AggregationMethod }
  /** The answers of these seats are put together. `diversity`: how much being unlike the others counts. */
  | { readonly kind: 'synthesize'; readonly slots: readonly string[]; readonly diversity: number }
  /** A stage of a pipeline works on what the stage before it made. A checkpoint is where a retry starts. */
  | {
      readonly kind: 'stage';
      readonly stage: number;
      readonly stages: number;
      readonly checkpoint: boolean;
    };

/** Input of the activity `takeTurn`. */
export interface TurnRequest {
  readonly ownerId: string;
  readonly executionId: string;
  readonly agentExecutionId: string;
  readonly slot: string;
  readonly round: number;
  readonly sequence: number;
  readonly ask: Ask;
  readonly hears: Hears;
}

/** What a workflow learns of a turn that was taken: ids and small verdicts, so that history stays small. */
export interface Spoken {
  readonly status: 'spoken';
  readonly sequence: number;
  readonly messageId: string;
  readonly responseId: string;
  /** Index in the input's options, or in `CROSSCHECK_VERDICTS`; null without options, or where the seat abstained. */
  readonly position: number | null;
  readonly abstained: boolean;
  readonly confidence: number | null;
  /** A mediator's wish. */
  readonly anotherRound: boolean;
  /** A judge's groups: for each asked sequence, the number of its group, from 0 in order of first appearance. */
  readonly groups: readonly number[] | null;
  /** Of a plan: for each part the place of its seat in what was asked (`to`), null where it names none. */
  readonly parts?: readonly (number | null)[];
  /** Of a coordinator's plan: who gets its parts. */
  readonly routes?: readonly ItemRoute[];
  readonly tokens: number;
  readonly costUsd: string;
}

/** A turn that came to nothing for good. It is recorded; the topology says what it means. */
export interface TurnFailed {
  readonly status: 'failed';
  readonly sequence: number;
  readonly code: FailureCode;
}

export type TurnResult = Spoken | TurnFailed;

/** The seat asks a person before it answers: the turn is taken again, at its place, when somebody has answered. */
export interface TurnAsks {
  readonly status: 'asks';
  readonly sequence: number;
  /** The call in which it asks. */
  readonly callId: string;
}

/** Input of `routeItems`: which specialists get the items of a plan (null: of the input). */
export interface RouteRequest {
  readonly ownerId: string;
  readonly executionId: string;
  readonly plan: number | null;
}

/** A seat that gets an item, and how well it fits: coverage × mean proficiency, 0 to 1. */
export interface RoutedSeat {
  readonly slot: string;
  readonly score: number;
}

/** Who does an item, and who after them where nobody of these could; nobody: no seat is capable. */
export interface ItemRoute {
  readonly seats: readonly RoutedSeat[];
  readonly spare: readonly RoutedSeat[];
}

/** Input of `groupPositions`: which free-text positions of a round are the same. Without a judge: equal after normalising. */
export interface GroupRequest {
  readonly ownerId: string;
  readonly executionId: string;
  /** The messages of the round that hold a position, in seat order. */
  readonly sequences: readonly number[];
}
