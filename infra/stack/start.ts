import { fileURLToPath } from 'node:url';
import { demandEnvironment } from '../config/environment.ts';
import { makeApiClient } from './api-client.ts';
import { bringUp, stopLeftOvers } from './bring-up.ts';
import { startDetached, tellStarter } from './detach.ts';
import { installSamples, showDebate } from './introduction.ts';
import { type StartOptions, USAGE, parseOptions } from './options.ts';
import { demandFree, freePort } from './ports.ts';
import { type StackFile, StateFolder } from './state-folder.ts';
import { type Say, explain } from './steps.ts';
import { addresses, makeStatusLine } from './status-line.ts';
import { type Supervisor, makeSupervisor } from './supervisor.ts';

/** `npm start -- [options]`: brings up everything on this machine, shows it at work, and keeps it alive. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const values = demandEnvironment(process.env);
  const state = new StateFolder(values.CONCLAVE_HOME);
  const wanted = {
    host: values.HOST,
    port: options.port ?? (values.PORT || (await freePort(values.HOST))),
    workers: options.workers,
  };

  const holder = options.detach ? await state.supervisor() : await state.claim();
  if (holder !== undefined) return greet(state, holder, options);
  if (options.detach) return startInBackground(state, options, wanted.port);
  await runInForeground(state, options, wanted);
}

const say: Say = (line) => {
  console.log(line);
  tellStarter({ line });
};

/** Somebody else runs the stack of this folder: say where it is. */
async function greet(state: StateFolder, holder: number, options: StartOptions): Promise<void> {
  const stack = state.readStack();
  if (!stack) return console.log(`Conclave is being started by process ${holder}.`);
  console.log(`Conclave is running already (process ${holder}).\n${addresses(stack)}`);
  if (options.ask !== undefined) await introduce(state, stack, options);
}

async function startInBackground(
  state: StateFolder,
  options: StartOptions,
  port: number,
): Promise<void> {
  const args = ['--no-sample', '--port', `${port}`, '--workers', `${options.workers}`];
  await startDetached(fileURLToPath(import.meta.url), args, state, console.log);
  const stack = state.readStack();
  if (!stack) throw new Error('the stack was stopped while it started');
  await introduce(state, stack, options);
  console.log(`${addresses(stack)}\n  \`npm stop\` stops it, \`npm run status\` shows it.\n`);
}

async function runInForeground(
  state: StateFolder,
  options: StartOptions,
  wanted: Parameters<typeof bringUp>[1],
): Promise<void> {
  let stack: Omit<StackFile, 'roles'> | undefined;
  const status = makeStatusLine(process.stdout);
  const supervisor: Supervisor = makeSupervisor(() => {
    if (!stack) return;
    state.writeStack({ ...stack, roles: supervisor.running() });
    status.show(supervisor.states());
  });
  const stopAsked = stopSignal();
  const work = async (): Promise<void> => {
    await stopLeftOvers(state);
    await demandFree(wanted.port, wanted.host);
    say('Starting Conclave');
    stack = await bringUp({ env: process.env, state, supervisor, say }, wanted);
    const file = { ...stack, roles: supervisor.running() };
    state.writeStack(file);
    tellStarter('ready');
    await introduce(state, file, options);
    console.log(addresses(file));
    status.begin(supervisor.states());
  };
  try {
    await Promise.race([work(), stopAsked]);
    await stopAsked;
    status.end();
    say('Stopping');
  } catch (error) {
    tellStarter({ line: explain(error) });
    throw error;
  } finally {
    stack = undefined;
    await supervisor.stop();
    state.release();
  }
}

/** On the first start the samples and their debate; at any start the question that was asked. */
async function introduce(
  state: StateFolder,
  stack: StackFile,
  { ask, sample }: StartOptions,
): Promise<void> {
  const isFirst = !state.introduced && sample;
  const key = state.readApiKey();
  if (key === undefined || !(isFirst || ask !== undefined)) return;
  const api = makeApiClient(stack.apiUrl, key);
  try {
    await installSamples(api);
    await showDebate(api, ask, (text) => process.stdout.write(text));
    state.markIntroduced();
  } catch (error) {
    // What was to be shown is no reason to stop what runs.
    console.error(`\nThe debate could not be shown: ${explain(error)}`);
    if (ask !== undefined) process.exitCode = 1;
  }
}

/** A terminal's Ctrl-C arrives from several sides at once; the first one counts. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve());
  });
}

// A terminal or a pipe that is closed must not take the roles' keeper with it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
try {
  await main();
} catch (error) {
  console.error(`\n${explain(error)}`);
  process.exitCode = 1;
}
// A download or a request that was given up may still hold the process.
process.exit();
