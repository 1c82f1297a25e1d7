/**
 * `npm run faults -- [--tier 1|2|3] [--seed S] [--kills N] [--only name]`: the fault suite, at one of three lengths.
 * `npm run faults -- --seeded [--only name]`: plants bugs in a copy of the tree, each of which the tests must notice.
 * `npm run faults -- --contract SECONDS [--seed S]`: every route of the API, asked by Schemathesis.
 * Ends with the one command that repeats what was done.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkContract } from './contract.ts';
import { huntSeededBugs } from './seeded.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Tests of the whole product in which nothing breaks; `npm test` holds those. */
const SOUND = /(-over-http|environment-providers|openai-compatible|owners|tracing)\.test\.ts$/;
/** Random deaths of each length. */
const KILLS = ['12', '200', '1000'];

const { values } = parseArgs({
  options: {
    tier: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string' },
    only: { type: 'string' },
    seeded: { type: 'boolean', default: false },
    contract: { type: 'string' },
  },
});
const { tier, seed, only, seeded, contract } = values;
const kills = values.kills ?? KILLS[Number(tier) - 1];
if (kills === undefined || !/^\d+$/.test(kills) || !/^\d+$/.test(seed))
  throw new Error('--tier is 1, 2 or 3; --seed and --kills are whole numbers.');

// Servers that were started end with the process, which a signal alone would not let them.
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130));

const [passed, again] = await runWhatIsAsked();
console.log(
  `again: npm run faults -- ${again}${only === undefined ? '' : ` --only ${JSON.stringify(only)}`}`,
);
process.exitCode = passed ? 0 : 1;

/** Whether it passed, and the options that repeat it. */
async function runWhatIsAsked(): Promise<[boolean, string]> {
  if (contract !== undefined)
    return [await checkContract(contract, seed), `--contract ${contract} --seed ${seed}`];
  if (seeded)
    return [await huntSeededBugs((name) => only === undefined || name.includes(only)), '--seeded'];
  return [await runSuite(), `--tier ${tier} --seed ${seed} --kills ${kills}`];
}

/** `only` is part of a test's title, or of its file's path. */
async function runSuite(): Promise<boolean> {
  const isFile = only !== undefined && /^[\w.-]+$/.test(only);
  const args = [
    join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    // The long forms one after the other: processes that wait for the machine tell nothing of faults.
    tier === '1' ? '--maxWorkers=2' : '--no-file-parallelism',
    ...(only === undefined ? filesOfFaults() : [`test/faults/${isFile ? only : ''}`]),
    ...(only === undefined || isFile ? [] : ['--testNamePattern', only]),
  ];
  const env = {
    ...process.env,
    CONCLAVE_FAULTS_TIER: tier,
    CONCLAVE_FAULTS_SEED: seed,
    CONCLAVE_FAULTS_KILLS: kills,
  };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'inherit' });
  await once(child, 'exit');
  return child.exitCode === 0;
}

function filesOfFaults(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith('.test.ts') && !SOUND.test(name))
    .map((name) => `test/faults/${name}`);
}
