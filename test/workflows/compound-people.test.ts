import { expect } from 'vitest';
import { pauseSignal, resumeSignal } from '../../workflows/contract/messages.ts';
import type { CompoundPlay } from './compound-rows.ts';
import { test } from './fixtures.ts';
import { type Performance, outcomeAs } from './stage.ts';

const held = { held: true } as const;
const sequence = (children: CompoundPlay['children']): CompoundPlay => ({
  compositionType: 'sequential',
  children,
});
const rowsOf = (play: Performance, name: string) => play.rows.children.get(name)!.rows;
const askedOf = (play: Performance, name: string) => rowsOf(play, name).asked.length;

test('a pause holds what is below too, and begins no other child', async ({ stage }) => {
  const by = { userId: 'u1' };
  const play = await stage.compound(sequence({ inner: sequence({ leaf: held }), last: 'x' }));
  const inner = rowsOf(play, 'inner');
  const leaf = inner.children.get('leaf')!.rows;
  await expect.poll(() => leaf.asked.length, { timeout: 10_000 }).toBe(1);

  await play.handle.signal(pauseSignal, by);
  await expect.poll(() => leaf.pauses, { timeout: 10_000 }).toEqual([{ ...by, isPaused: true }]);
  leaf.release('agent');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect([leaf.endings, inner.endings, askedOf(play, 'last')]).toEqual([[], [], 0]);
  await play.handle.signal(resumeSignal, by);

  await outcomeAs('compound', play);
  expect(askedOf(play, 'last')).toBe(1);
  for (const rows of [play.rows, inner, leaf])
    expect(rows.pauses.map(({ isPaused }) => isPaused)).toEqual([true, false]);
});

test('a compound that is paused before it begins opens nothing', async ({ stage }) => {
  const play = await stage.compound({
    compositionType: 'parallel',
    children: { one: 'a', two: 'b' },
    isPaused: true,
  });
  await expect
    .poll(async () => (await play.handle.describe()).searchAttributes['ConclaveState'])
    .toEqual(['paused']);
  expect([askedOf(play, 'one'), askedOf(play, 'two')]).toEqual([0, 0]);

  await play.handle.signal(resumeSignal, { userId: 'u1' });

  expect((await outcomeAs('compound', play)).parts).toHaveLength(2);
});

test('a gate in a child keeps the next one waiting', async ({ stage }) => {
  const play = await stage.compound({
    ...sequence({ first: 'a', second: 'b' }),
    gated: ['first'],
  });
  const first = rowsOf(play, 'first');
  first.standings.set(0, { state: 'waiting', dueMs: 300 });
  await expect.poll(() => first.looks, { timeout: 10_000 }).toBeGreaterThan(0);

  expect(askedOf(play, 'second')).toBe(0);
  first.standings.set(0, { state: 'decided', decision: 'approve' });

  await outcomeAs('compound', play);
  expect(askedOf(play, 'second')).toBe(1);
});
