import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROUTING_STRATEGIES } from '../../workflows/domain/enums.ts';
import {
  type Candidate,
  matchScore,
  routeItems,
  type RoutingRules,
} from '../../workflows/domain/routing.ts';

const candidate = (slot: string, proficiency: Record<string, number>, openWork = 0): Candidate => ({
  slot,
  proficiency: new Map(Object.entries(proficiency)),
  openWork,
});
const rules = (changes: Partial<RoutingRules> = {}): RoutingRules => ({
  strategy: 'capability_match',
  loadBalance: true,
  fallback: null,
  ...changes,
});
const ADA = candidate('specialist_1', { code: 0.9, write: 0.4 });
const BOB = candidate('specialist_2', { code: 0.5, law: 0.8 });
const EVE = candidate('specialist_3', { code: 0.9 });
const firstOf = (items: string[][], all: Candidate[], changes: Partial<RoutingRules> = {}) =>
  routeItems(items, all, rules(changes)).map(({ seats }) =>
    seats.map(({ slot }) => slot.slice(-1)),
  );

describe('how well a seat fits', () => {
  test.each([
    { required: ['code'], score: 0.9 },
    { required: ['code', 'write'], score: 0.65 },
    { required: ['code', 'law'], score: 0.45 },
    { required: ['law'], score: 0 },
    { required: [], score: 1 },
  ])('$required: $score', ({ required, score }) => {
    expect(matchScore(required, ADA)).toBe(score);
  });

  test('sums of decimals that are equal are equal', () => {
    const uneven = candidate('a', { x: 0.1, y: 0.2, z: 0.6 });
    const even = candidate('b', { x: 0.3, y: 0.3, z: 0.3 });

    expect(matchScore(['x', 'y', 'z'], uneven)).toBe(matchScore(['x', 'y', 'z'], even));
  });
});

describe('strategies', () => {
  test('capability_match: the best of those who have everything', () => {
    expect(firstOf([['code'], ['law'], ['code', 'law']], [ADA, BOB])).toEqual([
      ['1'],
      ['2'],
      ['2'],
    ]);
  });

  test('loadBalance spreads equal matches by open work; without it the first seat has them all', () => {
    const items = [['code'], ['code'], ['code']];

    expect(firstOf(items, [ADA, BOB, EVE])).toEqual([['1'], ['3'], ['1']]);
    expect(firstOf(items, [ADA, BOB, EVE], { loadBalance: false })).toEqual([['1'], ['1'], ['1']]);
    expect(firstOf(items, [{ ...ADA, openWork: 2 }, EVE])).toEqual([['3'], ['3'], ['1']]);
  });

  test('round_robin: whose turn it is, of those who fit', () => {
    const items = [['code'], ['law'], ['code'], ['code'], ['write']];

    expect(firstOf(items, [ADA, BOB, EVE], { strategy: 'round_robin' })).toEqual([
      ['1'],
      ['2'],
      ['3'],
      ['1'],
      ['1'],
    ]);
  });

  test('round_robin: what nobody can do passes nobody over', () => {
    const fallback = candidate('fallback_F', {});
    const items = [['code'], ['paint'], ['code'], ['paint'], ['code'], ['code']];

    expect(firstOf(items, [ADA, BOB, EVE], { strategy: 'round_robin', fallback })).toEqual([
      ['1'],
      ['F'],
      ['2'],
      ['F'],
      ['3'],
      ['1'],
    ]);
  });

  test('least_loaded: who has the least to do, whatever the match', () => {
    const busy = [{ ...ADA, openWork: 1 }, BOB, { ...EVE, openWork: 3 }];

    expect(firstOf([['code'], ['code'], ['code']], busy, { strategy: 'least_loaded' })).toEqual([
      ['2'],
      ['1'],
      ['2'],
    ]);
  });

  test('broadcast: everyone who fits', () => {
    expect(firstOf([['code'], ['law'], []], [ADA, BOB, EVE], { strategy: 'broadcast' })).toEqual([
      ['1', '2', '3'],
      ['2'],
      ['1', '2', '3'],
    ]);
  });

  test('recommended is capability_match until there is a recommender', () => {
    const items = [['code'], ['law'], []];

    expect(routeItems(items, [ADA, BOB, EVE], rules({ strategy: 'recommended' }))).toEqual(
      routeItems(items, [ADA, BOB, EVE], rules()),
    );
  });
});

describe('where nobody fits, or somebody fails', () => {
  const fallback = candidate('fallback', { law: 0.5 });

  test('nobody: the fallback, with the share that it covers, else no seat at all', () => {
    expect(routeItems([['law', 'music']], [ADA], rules({ fallback }))).toEqual([
      { seats: [{ slot: 'fallback', score: 0.25 }], spare: [] },
    ]);
    expect(routeItems([['music']], [ADA], rules())).toEqual([{ seats: [], spare: [] }]);
  });

  test('the next that fits is spare, then the fallback, each seat once', () => {
    const slots = (changes: Partial<RoutingRules>) =>
      routeItems([['code']], [ADA, BOB, EVE], rules(changes))[0]!.spare.map(({ slot }) => slot);

    expect(slots({ fallback })).toEqual(['specialist_3', 'fallback']);
    expect(slots({})).toEqual(['specialist_3']);
    expect(slots({ fallback: EVE })).toEqual(['specialist_3']);
    expect(slots({ fallback: ADA })).toEqual(['specialist_3']);
    expect(slots({ fallback, strategy: 'broadcast' })).toEqual(['fallback']);
  });
});

const name = fc.constantFrom('a', 'b', 'c', 'd');
const team = fc
  .array(
    fc.record({
      can: fc.dictionary(name, fc.double({ min: 0, max: 1, noNaN: true })),
      openWork: fc.nat({ max: 5 }),
    }),
    { minLength: 1, maxLength: 50 },
  )
  .map((all) => all.map(({ can, openWork }, i) => candidate(`s_${i}`, can, openWork)));
const work = fc.array(fc.uniqueArray(name, { maxLength: 3 }), { maxLength: 50 });
const strategy = fc.constantFrom(...ROUTING_STRATEGIES);

test('only who has all that an item asks for gets it, and somebody does where one has', () => {
  fc.assert(
    fc.property(team, work, strategy, fc.boolean(), (all, items, used, loadBalance) => {
      const routes = routeItems(items, all, rules({ strategy: used, loadBalance }));

      expect(routes).toHaveLength(items.length);
      for (const [i, { seats, spare }] of routes.entries()) {
        const fitting = all
          .filter(({ proficiency }) => items[i]!.every((each) => proficiency.has(each)))
          .map(({ slot }) => slot);
        const given = [...seats, ...spare].map(({ slot }) => slot);
        expect(new Set(given).size).toBe(given.length);
        expect(fitting).toEqual(expect.arrayContaining(given));
        expect(seats.length > 0).toBe(fitting.length > 0);
      }
    }),
  );
});

test('capability_match never passes over a better match', () => {
  fc.assert(
    fc.property(team, work, fc.boolean(), (all, items, loadBalance) => {
      for (const [i, { seats }] of routeItems(items, all, rules({ loadBalance })).entries()) {
        const fitting = all.filter(({ proficiency }) =>
          items[i]!.every((each) => proficiency.has(each)),
        );
        const best = Math.max(...fitting.map((each) => matchScore(items[i]!, each)));
        expect(seats.every(({ score }) => score === best)).toBe(true);
      }
    }),
  );
});

test('least_loaded, equal at first, keeps equal seats within one item of each other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat({ max: 50 }), (seats, items) => {
      const all = Array.from({ length: seats }, (_, i) => candidate(`s_${i}`, {}));
      const routes = routeItems(
        Array.from({ length: items }, () => []),
        all,
        rules({ strategy: 'least_loaded' }),
      );
      const counts = all.map(({ slot }) => routes.filter((r) => r.seats[0]!.slot === slot).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});
