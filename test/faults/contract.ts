import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../infra/stack/ports.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
  'missing_required_header',
  'negative_data_rejection',
  'use_after_free',
];
/** The route that revokes keys: it would sooner or later revoke the one that the run is made with. */
const REVOKES = ['--include-path', '/v1/me/api-keys/{id}'];
/** How long it may take its share, after all others have had theirs. */
const REVOKES_SECONDS = 20;
/** Longer than the API keeps any request waiting. */
const REQUEST_SECONDS = 70;

interface Stack {
  readonly url: string;
  readonly apiKey: string;
}

/**
 * Lets Schemathesis (`st`, or what SCHEMATHESIS names) ask every route of a stack of its own for so many seconds, with
 * made-up requests, good and bad, one by one and in stories. True if no answer was a 5xx or unlike its description.
 */
export async function checkContract(seconds: string, seed: string): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'conclave-contract-'));
  await chmod(home, 0o755);
  const port = await freePort();
  const env = { ...process.env, CONCLAVE_HOME: home, HOST: '127.0.0.1', PORT: String(port) };
  const stack = (script: string, ...args: string[]): Promise<boolean> =>
    run(process.execPath, [join(ROOT, 'infra/stack', script), ...args], env);
  try {
    if (!(await stack('start.ts', '--detach'))) throw new Error('the stack did not start');
    const apiKey = (await readFile(join(home, 'api-key'), 'utf8')).trim();
    const at: Stack = { url: `http://127.0.0.1:${port}`, apiKey };
    const others = REVOKES.map((word) => word.replace('include', 'exclude'));
    const isKept = await ask(at, [...others, '--max-time', seconds, '--seed', seed]);
    const last = ['--max-time', String(REVOKES_SECONDS), '--seed', seed];
    return (await ask(at, [...REVOKES, ...last])) && isKept;
  } finally {
    await stack('stop.ts');
    await rm(home, { recursive: true, force: true });
  }
}

const ask = ({ url, apiKey }: Stack, more: readonly string[]): Promise<boolean> =>
  run(process.env['SCHEMATHESIS'] ?? 'st', [
    'run',
    `${url}/openapi.json`,
    '--header',
    `Authorization: Bearer ${apiKey}`,
    '--checks',
    CHECKS.join(','),
    '--request-timeout',
    String(REQUEST_SECONDS),
    // Slow or large examples say something of the generator, not of us.
    '--suppress-health-check',
    'all',
    '--continue-on-failure',
    ...more,
  ]);

/** Runs a program to its end; true if it was content. */
async function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
