import { demandEnvironment } from '../config/environment.ts';
import { stopLeftOvers } from './bring-up.ts';
import { stopPostgres } from './postgres.ts';
import { waitForEnd } from './processes.ts';
import { StateFolder } from './state-folder.ts';

/** Longer than the grace of all stages of roles together. */
const STOP_MS = 90_000;

/** `npm stop`: ends the stack of this state folder, or what a killed one has left behind. */
const values = demandEnvironment(process.env);
const state = new StateFolder(values.CONCLAVE_HOME);
const supervisor = await state.supervisor();

if (supervisor !== undefined) {
  process.kill(supervisor, 'SIGTERM');
  const ended = await waitForEnd(supervisor, STOP_MS);
  console.log(ended ? 'Conclave is stopped.' : `Process ${supervisor} does not end: kill it.`);
  process.exitCode = ended ? 0 : 1;
} else if (state.readStack()) {
  await stopLeftOvers(state);
  await stopPostgres(state.folder('postgres'));
  state.release();
  console.log('Conclave had died; what it left running is stopped.');
} else {
  console.log('Conclave is not running.');
}
