import { expect } from 'vitest';
import { AgentExecution } from '../../../infra/db/entities/agent-execution.ts';
import { Budget } from '../../../infra/db/entities/budget.ts';
import { Execution } from '../../../infra/db/entities/execution.ts';
import { Project } from '../../../infra/db/entities/project.ts';
import { newId } from '../../../infra/db/new-id.ts';
import { asOwner } from '../../../infra/db/session.ts';
import { placeIn } from '../../../infra/executions/children/place.ts';
import { seatRows } from '../../../infra/executions/seat-rows.ts';
import { writeExecution } from '../../../infra/executions/write-execution.ts';
import { executionWorkflowId } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';
import { makeOwner, rehearsingAgent } from '../../support/work.ts';

const definition = {
  workflow: 'soloAgent',
  config: {},
  notices: [],
  seats: [{ slot: 'agent', position: 3, weight: 0.25, agent: rehearsingAgent(`O'Hara \\ "?"`) }],
} as const;

test('all that is said of an execution stands in its rows, and nothing else', async ({ orm }) => {
  const ownerId = await makeOwner(orm);
  const [parentId, projectId] = [newId(), newId()];
  const plain = { ownerId, kind: 'topology', definition, input: { question: 'Why?' } } as const;

  await asOwner(orm.em, ownerId).transactional(async (em) => {
    em.create(Project, { id: projectId, ownerId, name: 'Written' });
    await em.flush();
    const limits = { limitTokens: 7_000, limitUsd: '1.250000' };
    const parent = await writeExecution(em, { ...plain, id: parentId }, limits, 'schedule');
    expect(parent).toMatchObject({ metadata: {}, priority: 0, depth: 0, state: 'queued' });
    expect(parent).toMatchObject({ rootExecutionId: parentId, originId: parentId, rowVersion: 1 });
    const above = await em.findOneOrFail(Budget, { scopeId: parentId });
    expect(above).toMatchObject({ ...limits, ownerId, path: [above.id], isClosed: false });

    const fields = {
      ...plain,
      ...placeIn(parent, 'part'),
      title: `A "title" with ? and \\ and '`,
      projectId,
      topologyId: null,
      agentId: null,
      originId: parentId,
      forkedFromId: parentId,
      forkedAtSequence: 4,
      correlationId: 'c-1',
      metadata: { deep: [1, { text: '\\n ? $1' }] },
      priority: 5,
      deadlineAt: new Date('2031-02-03T04:05:06.789Z'),
    };
    const none = { limitTokens: null, limitUsd: null, above };
    const written = await writeExecution(em, fields, none, `user:${ownerId}`);

    expect(written).toMatchObject({
      ...fields,
      workflowType: 'soloAgent',
      workflowId: executionWorkflowId(fields.id),
      state: 'queued',
      runId: null,
    });
    const budget = await em.findOneOrFail(Budget, { scopeId: fields.id });
    expect(budget).toMatchObject({ parentId: above.id, path: [above.id, budget.id] });
    const [seat] = await em.find(AgentExecution, { executionId: fields.id });
    expect(seat).toMatchObject(seatRows(written)[0]!);
    expect(await em.count(Execution, {})).toBe(2);
  });
});
