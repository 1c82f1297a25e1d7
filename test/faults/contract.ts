import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../infra/stack/ports.ts';
import { makeHttpClient } from '../support/http-client.ts';
import type { Page } from './bodies.ts';

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
/** How bad data may be refused: a text that is longer than allowed may be a body that is larger than allowed, too. */
const REFUSALS = `[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
`;
/** The route that revokes keys: it would sooner or later revoke the one that the run is made with. */
const REVOKES = ['--include-path', '/v1/me/api-keys/{id}'];
/** How long it may take its share, after all others have had theirs. */
const REVOKES_SECONDS = 20;
/** Of the time, what is spent on things that are there: made-up ids are seldom those of any. */
const KNOWN_SHARE = 1 / 3;
const COLLECTIONS = [
  'agents',
  'agent-templates',
  'executions',
  'projects',
  'providers',
  'topologies',
  'users',
];
/** Longer than the API keeps any request waiting. */
const REQUEST_SECONDS = 70;

interface Stack {
  /** Where Schemathesis keeps what it found. */
  readonly home: string;
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
    run(process.execPath, [join(ROOT, 'infra/stack', script), ...args], { cwd: ROOT, env });
  try {
    if (!(await stack('start.ts', '--detach'))) throw new Error('the stack did not start');
    const apiKey = (await readFile(join(home, 'api-key'), 'utf8')).trim();
    const at: Stack = { home, url: `http://127.0.0.1:${port}`, apiKey };
    const plain = await writeConfig(join(home, 'plain.toml'), '');
    const known = await writeConfig(join(home, 'known.toml'), await knownIds(at));
    const askFor = (share: number, routes: readonly string[], config = plain) =>
      ask(at, [...routes, '--max-time', String(Math.ceil(share)), '--seed', seed], config);
    const others = REVOKES.map((word) => word.replace('include', 'exclude'));
    const keeping = [...others, '--exclude-method', 'DELETE'];
    const kept = [
      await askFor(Number(seconds) * (1 - KNOWN_SHARE), others),
      await askFor(Number(seconds) * KNOWN_SHARE, keeping, known),
      await askFor(REVOKES_SECONDS, REVOKES),
    ];
    return kept.every(Boolean);
  } finally {
    await stack('stop.ts');
    await rm(home, { recursive: true, force: true });
  }
}

/** Writes a configuration of Schemathesis; returns the options that name it. */
async function writeConfig(file: string, operations: string): Promise<readonly string[]> {
  await writeFile(file, REFUSALS + operations);
  return ['--config-file', file];
}

/** Has the ids of what the samples have left behind asked for. */
async function knownIds({ url, apiKey }: Stack): Promise<string> {
  const http = makeHttpClient(url, apiKey);
  const operations: string[] = [];
  for (const name of COLLECTIONS) {
    const path = `/v1/${name}`;
    const { body } = await http.get<Page<{ readonly id: string }>>(`${path}?limit=1`);
    const [first] = body.items;
    if (first === undefined) continue;
    const pattern = JSON.stringify(`^${path}/\\{id\\}`);
    operations.push(
      `[[operations]]\ninclude-path-regex = ${pattern}\nparameters = { "path.id" = "${first.id}" }\n`,
    );
  }
  return operations.join('\n');
}

const ask = (
  { home, url, apiKey }: Stack,
  options: readonly string[],
  config: readonly string[],
): Promise<boolean> =>
  run(
    process.env['SCHEMATHESIS'] ?? 'st',
    [
      ...config,
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
      ...options,
    ],
    { cwd: home },
  );

/** Runs a program to its end; true if it was content. */
async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<boolean> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
