import type { ItemRoute, RoutedSeat } from '../contract/turns.ts';
import type { RoutingStrategy } from './enums.ts';

/** A seat that may get items: what it can do and how well (0 to 1), and what it has to do already. */
export interface Candidate {
  readonly slot: string;
  readonly proficiency: ReadonlyMap<string, number>;
  readonly openWork: number;
}

/** How items find their seats. */
export interface RoutingRules {
  readonly strategy: RoutingStrategy;
  /** Equal matches go to the seat with the least open work; otherwise to the first. */
  readonly loadBalance: boolean;
  /** Who gets what nobody can do, and what nobody could. */
  readonly fallback: Candidate | null;
}

/** How well a seat fits: the share of the required capabilities that it has × its mean proficiency in those; 1 where nothing is required. */
export function matchScore(
  required: readonly string[],
  { proficiency }: Pick<Candidate, 'proficiency'>,
): number {
  if (required.length === 0) return 1;
  // Share × mean is the sum over the number that is required. Rounded: 0.3 + 0.6 must be 0.45 + 0.45.
  const sum = required.reduce((total, name) => total + (proficiency.get(name) ?? 0), 0);
  return Math.round((sum / required.length) * 1e9) / 1e9;
}

/**
 * The seats of each item, given what each item requires; `specialists` in seat order. Only who has all that is required
 * fits. Open work is what a seat had at first and the items it was given so far. The same arguments give the same routes.
 */
export function routeItems(
  items: readonly (readonly string[])[],
  specialists: readonly Candidate[],
  rules: RoutingRules,
): ItemRoute[] {
  const open = new Map(specialists.map(({ slot, openWork }) => [slot, openWork]));
  let next = 0;
  return items.map((required): ItemRoute => {
    const fallback = rules.fallback && scored(rules.fallback, required);
    const fitting = specialists.filter(({ proficiency }) =>
      required.every((name) => proficiency.has(name)),
    );
    const ranked = inOrder(fitting, specialists, required, rules, open, next).map((candidate) =>
      scored(candidate, required),
    );
    const isForAll = rules.strategy === 'broadcast';
    const fits = isForAll ? ranked : ranked.slice(0, 1);
    const seats = fits.length > 0 ? fits : fallback ? [fallback] : [];
    for (const { slot } of seats) open.set(slot, (open.get(slot) ?? 0) + 1);
    if (fits[0]) next = 1 + specialists.findIndex(({ slot }) => slot === fits[0]!.slot);
    return { seats, spare: sparesOf(seats, isForAll ? [] : ranked.slice(1, 2), fallback) };
  });
}

/** The fitting seats, the one that is to have the item first. */
function inOrder(
  fitting: readonly Candidate[],
  all: readonly Candidate[],
  required: readonly string[],
  { strategy, loadBalance }: RoutingRules,
  open: ReadonlyMap<string, number>,
  next: number,
): readonly Candidate[] {
  const lighter = (a: Candidate, b: Candidate): number => open.get(a.slot)! - open.get(b.slot)!;
  switch (strategy) {
    case 'broadcast':
      return fitting;
    case 'round_robin': {
      const turnOf = (candidate: Candidate): number =>
        (all.indexOf(candidate) - next + all.length) % all.length;
      return fitting.toSorted((a, b) => turnOf(a) - turnOf(b));
    }
    case 'least_loaded':
      return fitting.toSorted(lighter);
    case 'capability_match':
    case 'recommended':
      return fitting.toSorted(
        (a, b) =>
          matchScore(required, b) - matchScore(required, a) || (loadBalance ? lighter(a, b) : 0),
      );
  }
}

/** Who tries after the seats of an item have failed: the next that fits, then the fallback. */
function sparesOf(
  seats: readonly RoutedSeat[],
  second: readonly RoutedSeat[],
  fallback: RoutedSeat | null,
): RoutedSeat[] {
  const isNew =
    fallback !== null && ![...seats, ...second].some(({ slot }) => slot === fallback.slot);
  return isNew ? [...second, fallback] : [...second];
}

const scored = (candidate: Candidate, required: readonly string[]): RoutedSeat => ({
  slot: candidate.slot,
  score: matchScore(required, candidate),
});
