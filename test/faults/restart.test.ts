import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { ROLES } from '../support/system.ts';
import { debate } from './debates.ts';
import { test } from './engine.ts';

/** Nothing here keeps a role from ending; the API would break off requests after this time. */
const END_LIMIT_MS = 8_000;

const says = (choice: string) => ({ latencyMs: 500, script: [{ choice, text: `${choice}!` }] });

test('roles that are asked to end finish what they hold: a restart of all of them repeats no call', async ({
  engine,
}) => {
  const id = await engine.start(
    debate({
      question: 'Restart?',
      options: ['yes', 'no'],
      config: { maxRounds: 10, consensusMethod: 'unanimous', allowEarlyTermination: false },
      debaters: [says('yes'), says('no'), says('yes')],
    }),
  );
  const watched = Array.fromAsync(engine.http.events(`/v1/executions/${id}/events`));
  watched.catch(() => {}); // it ends with the API

  for (const role of ROLES) {
    await sleep(300);
    const began = performance.now();
    await engine.system.end(role);
    expect(performance.now() - began, `${role} ends`).toBeLessThan(END_LIMIT_MS);
    await engine.system.start(role);
  }

  const closed = await engine.untilClosed(id);
  expect(closed.error).toBeNull();
  expect(closed.usage).toMatchObject({ calls: 30, attempts: 30, repeatedCalls: 0, failedCalls: 0 });
  const events = await watched;
  expect(events.map(({ event }) => event)).toContain('message');
});
