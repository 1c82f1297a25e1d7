import { demandEnvironment } from '../config/environment.ts';
import { isAlive } from './processes.ts';
import { StateFolder } from './state-folder.ts';
import { addresses } from './status-line.ts';

const ANSWER_MS = 5_000;

const stateOf = (pid: number | null): string =>
  pid !== null && isAlive(pid) ? `process ${pid}` : 'died, comes back';

/** `npm run status`: what runs, and whether it is ready. Exit code 1 when it is not. */
const values = demandEnvironment(process.env);
const state = new StateFolder(values.CONCLAVE_HOME);
const stack = state.readStack();

if (stack && (await state.supervisor()) !== undefined) {
  const ready = await fetch(`${stack.apiUrl}/readyz`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  }).then(
    async (response) => (response.ok ? 'ready' : `not ready: ${await response.text()}`),
    () => 'not ready: the API does not answer',
  );
  console.log(`Conclave is running, and ${ready}\n${addresses(stack)}`);
  for (const { role, pid, log } of stack.roles)
    console.log(`  ${role.padEnd(16)}${stateOf(pid)}  ${log}`);
  process.exitCode = ready === 'ready' ? 0 : 1;
} else {
  console.log('Conclave is not running: `npm start` starts it.');
  process.exitCode = 1;
}
