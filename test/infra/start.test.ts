import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../infra/stack/ports.ts';
import { isAlive } from '../../infra/stack/processes.ts';
import { StateFolder } from '../../infra/stack/state-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ENTRY = fileURLToPath(import.meta.resolve('../../infra/stack/start.ts'));
const STOP = fileURLToPath(import.meta.resolve('../../infra/stack/stop.ts'));
/** Two starts of everything, on a machine that may be busy with other tests. Not among those that stand alone: Temporal must be there already. */
const LIMIT_MS = 180_000;

/** `npm start` on a state folder of the test's own, with servers of its own. */
function machine() {
  const folder = tempFolder();
  const state = new StateFolder(join(folder, 'state'));
  const { DATABASE_URL: _db, TEMPORAL_ADDRESS: _temporal, ...rest } = process.env;
  const env = { ...rest, CONCLAVE_HOME: state.path };
  onTestFinished(async () => {
    await ended(spawn(process.execPath, [STOP], { env }));
  });
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [ENTRY, ...args], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ready = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => said.includes('Ctrl-C stops all') && resolve());
      child.once('exit', () => reject(new Error(said)));
    });
    return { child, ready, said: () => said };
  };
  return { state, start };
}

const ended = (child: ReturnType<typeof spawn>): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', resolve));

test(
  'from nothing to a decided debate; a killed start heals; a stop leaves nothing behind',
  async () => {
    const { state, start } = machine();
    const port = await freePort();

    const first = start('--port', `${port}`);
    await first.ready;

    expect(first.said()).toContain('Decided in round 2 (mediator): split after the season');
    expect(first.said().match(/── round \d ──/g)).toHaveLength(2);
    expect(statSync(state.in('stack.json')).mode & 0o777).toBe(0o600);
    const stack = state.readStack();
    expect(stack?.apiUrl).toBe(`http://127.0.0.1:${port}`);
    expect(stack?.roles.map(({ role }) => role).toSorted()).toEqual(
      ['api', 'inference', 'orchestration', 'postgres', 'relay', 'temporal'].toSorted(),
    );
    const key = { headers: { authorization: `Bearer ${state.readApiKey()}` } };
    const listed = await fetch(`${stack?.apiUrl}/v1/executions`, key);
    expect(await listed.json()).toMatchObject({ items: [{ state: 'completed' }] });

    first.child.kill('SIGKILL');
    await ended(first.child);
    const second = start('--port', `${port}`);
    await second.ready;

    expect(second.said()).not.toContain('round 1'); // the sample is for the first start
    for (const { role, pid } of stack?.roles ?? [])
      expect(pid !== null && isAlive(pid), role).toBe(false);
    const again = await fetch(`${stack?.apiUrl}/v1/executions`, key);
    expect(await again.json()).toMatchObject({ items: [{ state: 'completed' }] });

    const roles = state.readStack()?.roles ?? [];
    second.child.kill('SIGINT');

    expect(await ended(second.child)).toBe(0);
    expect(roles).toHaveLength(6);
    for (const { role, pid } of roles) expect(pid !== null && isAlive(pid), role).toBe(false);
    expect(existsSync(state.in('stack.json'))).toBe(false);
  },
  LIMIT_MS,
);
