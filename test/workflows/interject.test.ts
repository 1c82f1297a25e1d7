import { describe, expect } from 'vitest';
import { interjectSignal } from '../../workflows/contract/messages.ts';
import { test } from './fixtures.ts';
import { outcomeOf, type Performance } from './stage.ts';

const held = { option: 0, held: true } as const;
const sequencesOf = ({ rows }: Performance): number[] => rows.asked.map(({ sequence }) => sequence);
const before = ({ rows }: Performance, sequence: number): number | undefined =>
  rows.asked.find((turn) => turn.sequence === sequence)?.hears.before;

/** Somebody says `count` things while the first seat is about to speak. */
async function speakUp({ handle, rows }: Performance, count: number): Promise<void> {
  await expect.poll(() => rows.asked.length).toBeGreaterThan(0);
  rows.waiting += count;
  await handle.signal(interjectSignal);
  rows.release('debater_1');
}

describe('what people say', () => {
  test('stands between the rounds: what is under way does not hear it, the next round does', async ({
    stage,
  }) => {
    const play = await stage.debate({
      lines: { debater_1: [held, 1], debater_2: [1, 1], debater_3: [2, 1] },
    });
    await speakUp(play, 2);

    await outcomeOf(play);

    expect(play.rows.placings).toMatchObject([{ round: 2, from: 4 }]);
    expect(sequencesOf(play)).toEqual([1, 2, 3, 6, 7, 8]);
    expect([before(play, 1), before(play, 6), before(play, 8)]).toEqual([1, 6, 6]);
  });

  test('is heard by the mediator, where no round is left', async ({ stage }) => {
    const play = await stage.debate({
      lines: { debater_1: [held], debater_2: [1], mediator: [2] },
      config: { maxRounds: 1, consensusMethod: 'mediator' },
    });
    await speakUp(play, 1);

    const { mediatorSequence } = await outcomeOf(play);

    expect(mediatorSequence).toBe(4);
    expect(before(play, 4)).toBe(4);
  });

  test('before the first turn is heard by all, also by one agent alone', async ({ stage }) => {
    const interjections = { placed: [], waiting: true };
    const debate = await stage.debate({
      lines: { debater_1: [0], debater_2: [0] },
      interjections,
    });
    debate.rows.waiting = 1;
    const solo = await stage.solo({ option: null }, { interjections });
    solo.rows.waiting = 1;

    await outcomeOf(debate);
    await solo.handle.result();

    expect(sequencesOf(debate)).toEqual([2, 3]);
    expect(sequencesOf(solo)).toEqual([2]);
  });

  test('in an earlier run keeps its place: turns have the numbers that they had', async ({
    stage,
  }) => {
    const play = await stage.debate({
      lines: { debater_1: [0, 1], debater_2: [1, 1], debater_3: [2, 1] },
      interjections: { placed: [1, 5], waiting: false },
    });

    await outcomeOf(play);

    expect(sequencesOf(play)).toEqual([2, 3, 4, 6, 7, 8]);
    expect(play.rows.placings).toEqual([]);
  });

  test('waits until the turns that are kept are over', async ({ stage }) => {
    const play = await stage.debate({
      lines: { debater_1: [0, 0, 1], debater_2: [1, 1, 1] },
      interjections: { placed: [], waiting: true },
    });
    play.rows.waiting = 1;
    play.rows.keptUpTo = 4;

    await outcomeOf(play);

    expect(play.rows.placings.map(({ from }) => from)).toEqual([1, 3, 5]);
    expect(sequencesOf(play)).toEqual([1, 2, 3, 4, 6, 7]);
  });
});
