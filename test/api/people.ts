import type { Interactions } from '../../activities/ports/stores.ts';
import { makeInteractionStore } from '../../infra/interactions/interaction-store.ts';
import type { GateStanding } from '../../workflows/contract/gates.ts';
import { debateStart, test as base } from './executions-fixtures.ts';
import { debateOutcome, type Play } from './play.ts';
import type { Caller } from './support.ts';

const VOTES = [1, 2].map((n) => ({
  slot: `debater_${n}`,
  sequence: n,
  position: 0,
  weight: 1,
  confidence: 0.8,
}));

/** What both debaters came to. */
const OUTCOME = debateOutcome(VOTES);

/** An execution with gates whose workflow and workers the test plays. */
export interface Gated {
  readonly id: string;
  readonly play: Play;
  /** Opens a gate, by its place in the list. */
  open(gate?: number): Promise<GateStanding>;
  /** Opens a gate before the completion, after what was decided there already. */
  openEnd(gate?: number, decided?: readonly string[]): Promise<GateStanding>;
  /** Takes notice of what became of a question. */
  attend(question: Question): Promise<GateStanding>;
  placeAnswer(question: Question, sequence: number): Promise<void>;
  /** Both say yes. */
  discuss(): Promise<void>;
  complete(decided?: readonly string[]): Promise<unknown>;
  cancel(): Promise<unknown>;
  fail(code: 'rejected' | 'internal', decided?: readonly string[]): Promise<unknown>;
  /** The only question that is open. */
  question(): Promise<Question>;
  /** As `GET /executions/:id` shows it. */
  view(): Promise<Record<string, never>>;
}

/** A question as the API shows it. */
export interface Question {
  readonly id: string;
  readonly contentHash: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** `test` with executions that ask people. */
export const test = base.extend('gated', { scope: 'file' }, async ({ engine, orm }) => {
  const interactions = makeInteractionStore(orm);
  return async (owner: Caller, gates: readonly object[], more: object = {}): Promise<Gated> => {
    const started = await owner.post('/v1/executions', debateStart({ gates, ...more })).expect(202);
    const id = started.body.id as string;
    const play = engine.play(owner, id);
    await play.prepare();
    return gatedOf(owner, { id, play, interactions });
  };
});

function gatedOf(
  owner: Caller,
  deps: { id: string; play: Play; interactions: Interactions },
): Gated {
  const { id, play, interactions } = deps;
  const key = { ownerId: owner.id, executionId: id };
  const view = async () => (await owner.get(`/v1/executions/${id}`).expect(200)).body;
  return {
    id,
    play,
    view,
    open: (gate = 0) => interactions.open({ ...key, gate }),
    openEnd: (gate = 0, decided = []) =>
      interactions.open({ ...key, gate, ending: { outcome: OUTCOME, decided } }),
    attend: (question) => interactions.attend({ ...key, interactionId: question.id }),
    placeAnswer: (question, sequence) =>
      interactions.placeAnswer({ ...key, interactionId: question.id, sequence, round: 1 }),
    async discuss() {
      for (const { slot, sequence } of VOTES) await play.speak({ slot, sequence });
    },
    complete: (decided = []) => play.close({ state: 'completed', outcome: OUTCOME, decided }),
    cancel: () => play.close({ state: 'cancelled' }),
    fail: (code, decided = []) =>
      play.close({ state: 'failed', code, message: 'No.', outcome: OUTCOME, decided }),
    async question() {
      const { openInteractions } = await view();
      if (openInteractions.length !== 1) throw new Error(`${openInteractions.length} are open`);
      return openInteractions[0] as Question;
    },
  };
}

/** Answers a question about what it shows. */
export const respond = (caller: Caller, { id, contentHash }: Question, body: object) =>
  caller.post(`/v1/interactions/${id}/responses`, { contentHash, ...body });
