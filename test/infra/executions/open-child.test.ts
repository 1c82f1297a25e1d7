import { expect } from 'vitest';
import { callIn } from '../../../infra/db/call.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { makeExecutionStore } from '../../../infra/db/execution-store.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { makeChildStore } from '../../../infra/executions/children/child-store.ts';
import { childId } from '../../../infra/executions/children/place.ts';
import { writeExecution } from '../../../infra/executions/write-execution.ts';
import type { Definition } from '../../../workflows/contract/definition.ts';
import { test as base } from '../../support/fixtures.ts';
import { makeOwner, rehearsingAgent } from '../../support/work.ts';

const speaker: Definition = {
  workflow: 'pipeline',
  config: {
    stages: ['say'],
    checkpointAfter: [],
    retryFailedStages: false,
    maxStageRetries: 0,
  },
  seats: [{ slot: 'say', position: 0, weight: 1, agent: rehearsingAgent('speaker') }],
  notices: [],
};
const child = (name: string) => ({
  name,
  topologyId: null,
  input: null,
  when: null,
  definition: speaker,
});
const whole: Definition = {
  workflow: 'compound',
  config: { compositionType: 'sequential', aggregationMethod: 'concat' },
  parts: ['first', 'second'],
  stepCount: 0,
  defaultPart: null,
  synthesizerSlot: null,
  seats: [],
  notices: [],
  children: [child('first'), child('second')],
};

/** A compound that has been accepted, and what its workflow may do. */
const test = base.extend('compound', async ({ orm }) => {
  const ownerId = await makeOwner(orm);
  const id = newId();
  await asOwner(orm.em, ownerId).transactional((em) =>
    writeExecution(
      em,
      { id, ownerId, kind: 'topology', definition: whole, input: { task: 'Say it.' } },
      { limitTokens: null, limitUsd: null },
      'api',
    ),
  );
  const call = callIn(orm.em.fork());
  const children = makeChildStore(orm, call);
  const executions = makeExecutionStore(orm, call);
  return {
    id,
    open: (name = 'first') => children.open({ ownerId, executionId: id, name }),
    close: (executionId: string) =>
      executions.close({ ownerId, executionId, runId: 'run-1' }, { state: 'cancelled' }),
    below: () => asOwner(orm.em, ownerId).transactional((em) => em.find(Execution, { depth: 1 })),
  };
});

test('a child is made once; whoever makes it is told what its workflow has to know', async ({
  compound: { id, open, below },
}) => {
  const executionId = childId(id, 'first');

  const made = await open();
  const found = await open();

  expect(made).toMatchObject({
    status: 'open',
    executionId,
    workflow: 'pipeline',
    prepared: { status: 'ready', workflow: 'pipeline', seats: [{ slot: 'say' }] },
  });
  expect(JSON.stringify(made), 'no text').not.toContain('Say it.');
  expect(found).toEqual({ status: 'open', executionId, workflow: 'pipeline' });
  expect(await below()).toMatchObject([{ id: executionId, input: { task: 'Say it.' } }]);
});

test('of two who make it at once one finds it, at once or when it tries again', async ({
  compound: { open, below },
}) => {
  const both = await Promise.allSettled([open(), open()]);

  expect(both.map(({ status }) => status)).toContain('fulfilled');
  expect(await open()).toMatchObject({ status: 'open' });
  expect(await below()).toHaveLength(1);
});

test('a child that has ended says how; in a whole that has ended nothing is begun', async ({
  compound: { id, open, close, below },
}) => {
  await open();
  const closed = await close(childId(id, 'first'));

  expect(closed).toEqual({
    status: 'closed',
    executionId: childId(id, 'first'),
    state: 'cancelled',
    code: null,
    hasNumber: false,
  });
  expect(await open()).toEqual(closed);
  await open('second');
  expect(await close(id)).toMatchObject({ state: 'cancelled' });
  await expect(open('second')).rejects.toThrow('has ended');
  const states = (await below()).map(({ state }) => state);
  expect(states, 'the one that had not begun has ended with it').toEqual([
    'cancelled',
    'cancelled',
  ]);
});
