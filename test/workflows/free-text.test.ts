import { expect } from 'vitest';
import { test } from './fixtures.ts';
import { outcomeOf } from './stage.ts';

const config = { consensusMethod: 'majority', maxRounds: 1 } as const;

test('the judge says which positions are the same, in a sequence of its own', async ({ stage }) => {
  const lines = {
    debater_1: ['Go'],
    debater_2: ['Stay'],
    debater_3: ['Let us go'],
    mediator: [{ groups: [0, 1, 0] }],
  };

  const play = await stage.debate({ lines, config, optionCount: 0 });

  expect(await outcomeOf(play)).toMatchObject({
    decidedBy: 'method',
    position: 0,
    agreement: 2 / 3,
    votes: [{ position: 0 }, { position: 1 }, { position: 0 }],
  });
  expect(play.rows.asked.at(-1)).toMatchObject({
    slot: 'mediator',
    sequence: 4,
    ask: { kind: 'group', round: 1, sequences: [1, 2, 3] },
    hears: {
      before: 4,
      rounds: { from: 1, to: 1 },
      slots: ['debater_1', 'debater_2', 'debater_3'],
    },
  });
});

test('without a judge positions are equal that are equal after normalising', async ({ stage }) => {
  const lines = { debater_1: ['Go!'], debater_2: ['stay'], debater_3: [' go '] };

  const outcome = await outcomeOf(await stage.debate({ lines, config, optionCount: 0 }));

  expect(outcome).toMatchObject({ position: 0, agreement: 2 / 3 });
});

test.for([
  { judge: 'gives no answer', line: { fails: 'invalid_output' as const } },
  { judge: 'leaves someone out', line: { groups: [0] } },
])('a judge that $judge is replaced by normalising', async ({ line }, { stage }) => {
  const lines = { debater_1: ['Go!'], debater_2: ['go'], mediator: [line] };

  const outcome = await outcomeOf(await stage.debate({ lines, config, optionCount: 0 }));

  expect(outcome).toMatchObject({ position: 0, agreement: 1 });
});

test('abstentions and failed seats are not grouped', async ({ stage }) => {
  const lines = {
    debater_1: [{ abstained: true as const }],
    debater_2: ['Go'],
    debater_3: [{ fails: 'model_refused' as const }],
    debater_4: ['Go'],
    mediator: [{ groups: [0, 0] }],
  };

  const play = await stage.debate({ lines, config, optionCount: 0 });

  expect(await outcomeOf(play)).toMatchObject({ position: 0 });
  expect(play.rows.asked.at(-1)?.ask).toMatchObject({ sequences: [2, 4] });
});
