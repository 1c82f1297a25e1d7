import type { Ask, Spoken, TurnRequest } from '../workflows/contract/turns.ts';
import { routesIn } from '../workflows/domain/delegation.ts';
import { CROSSCHECK_VERDICTS } from '../workflows/domain/enums.ts';
import { groupNumbers } from '../workflows/domain/grouping.ts';
import { planOf } from '../workflows/domain/plan-parts.ts';
import type { StoredTurn } from './ports/turn-ledger.ts';

/** What a workflow is told of a turn that was taken. */
export function spoken(turn: TurnRequest, stored: StoredTurn): Spoken {
  const { ask, sequence } = turn;
  return {
    status: 'spoken',
    sequence,
    messageId: stored.messageId,
    responseId: stored.messageId,
    position: positionOf(ask, stored),
    abstained: stored.abstained,
    confidence: stored.confidence,
    anotherRound: stored.output?.['anotherRound'] === true,
    groups: ask.kind === 'group' ? groupNumbers(ask, stored.seed, stored.output) : null,
    ...partsOf(ask, stored),
    tokens: stored.tokens,
    costUsd: stored.costUsd,
  };
}

/** A plan as the workflow is told of it: how many parts, and for which of the seats asked for, or who gets them. */
function partsOf(ask: Ask, { output, team }: StoredTurn): Pick<Spoken, 'parts' | 'routes'> {
  if (ask.kind !== 'split' && ask.kind !== 'assign') return {};
  const to: readonly string[] = ask.kind === 'split' ? ask.to : [];
  const plan = planOf(output);
  const places = plan.map((part) => (part.to === null ? -1 : to.indexOf(part.to)));
  const parts = places.map((place) => (place < 0 ? null : place));
  return { parts, ...(team && { routes: routesIn(team, plan) }) };
}

/** Where a verdict is asked for, the options say nothing about it. */
function positionOf({ kind }: Ask, { choice, position }: StoredTurn): number | null {
  if (kind !== 'check' && kind !== 'rule') return position;
  const verdict = CROSSCHECK_VERDICTS.findIndex((each) => each === choice);
  return verdict === -1 ? null : verdict;
}
