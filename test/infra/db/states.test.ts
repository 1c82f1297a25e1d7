import { expect } from 'vitest';
import {
  AGENT_STATE_DETAILS,
  EXECUTION_STATES,
  INTERACTION_STATES,
  TEMPLATE_STATUSES,
} from '../../../workflows/domain/enums.ts';
import {
  AGENT_TRANSITIONS,
  changeState,
  EXECUTION_TRANSITIONS,
  INTERACTION_TRANSITIONS,
  TEMPLATE_TRANSITIONS,
} from '../../../workflows/domain/transitions.ts';
import { test, tried } from './two-owners.ts';

const MACHINES = [
  pairs('execution', EXECUTION_STATES, (a, b) => changeState(EXECUTION_TRANSITIONS, a, b)),
  pairs('agent', AGENT_STATE_DETAILS, (a, b) => changeState(AGENT_TRANSITIONS, a, b)),
  pairs('interaction', INTERACTION_STATES, (a, b) => changeState(INTERACTION_TRANSITIONS, a, b)),
  pairs('template', TEMPLATE_STATUSES, (a, b) => changeState(TEMPLATE_TRANSITIONS, a, b)),
].flat();

test('the database knows the same changes of state as the domain, for every pair', async ({
  admin,
}) => {
  for (const { machine, from, to, legal } of MACHINES) {
    const { rows } = await admin.query<{ legal: boolean }>(
      'select is_legal_change($1, $2, $3) as legal',
      [machine, from, to],
    );
    expect(rows[0]!.legal, `${machine}: ${from} to ${to}`).toBe(legal);
  }
});

test.for([
  ['execution', 'state', 'queued', 'running'],
  ['agent_execution', 'state', 'queued', 'completed'],
  ['agent', 'state_detail', 'created', 'active'],
  ['human_interaction', 'state', 'answered', 'pending'],
  ['agent_template', 'status', 'published', 'draft'],
] as const)(
  '%s refuses an illegal change of %s',
  async ([table, column, from, to], { admin, world }) => {
    await expect(
      tried(admin, async () => {
        if (table === 'agent_template')
          await admin.query(`update agent_template set status = 'published'`);
        const { rowCount } = await admin.query(
          `update ${table} set ${column} = $1 where ${column} = $2 and owner_id = $3`,
          [to, from, world.one],
        );
        expect(rowCount).toBeGreaterThan(0);
      }),
    ).rejects.toMatchObject({ code: '23514', constraint: `${table}_state_guard` });
  },
);

test.for([
  ['created', false, 0, 'inactive'],
  ['ready', false, 0, 'inactive'],
  ['active', false, 0, 'active'],
  ['active', false, 1, 'busy'],
  ['active', true, 1, 'maintenance'],
  ['error', true, 1, 'error'],
  ['terminated', true, 0, 'inactive'],
] as const)(
  'an agent that is %s, in maintenance %s, running %i, is %s',
  async ([state, maintenance, running, status], { admin, world }) => {
    await tried(admin, async () => {
      await admin.query('alter table agent disable trigger state_guard');
      const { rows } = await admin.query(
        `update agent set state_detail = $1, in_maintenance = $2, running_count = $3 where owner_id = $4 returning status`,
        [state, maintenance, running, world.one],
      );
      expect(rows).toEqual([{ status }]);
    });
  },
);

function pairs<State extends string>(
  machine: string,
  states: readonly State[],
  change: (from: State, to: State) => string,
) {
  return states.flatMap((from) =>
    states.map((to) => ({ machine, from, to, legal: change(from, to) !== 'illegal' })),
  );
}
