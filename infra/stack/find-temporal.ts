import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { TestWorkflowEnvironment } from '@temporalio/testing';

const run = promisify(execFile);
const PROGRAM = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
/** The newest release that `go install` can build; later ones need replacements in their go.mod. */
const GO_PACKAGE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const DOWNLOADS = 'https://temporal.download/';
/** A network that drops packets would keep the download waiting for minutes. */
const PROBE_MS = 3_000;

const FOUR_WAYS = `There is no Temporal server to be had. Choose one of four ways:
  1. set TEMPORAL_ADDRESS to a server that runs (host:port);
  2. put the \`temporal\` command on PATH (https://docs.temporal.io/cli#install);
  3. let this machine reach ${DOWNLOADS}, from which it is downloaded once;
  4. install Go, with which it is built once: CGO_ENABLED=0 go install ${GO_PACKAGE}`;

/** Where to look for the `temporal` command, and how to get it. */
export interface TemporalSources {
  readonly path: string;
  readonly cacheFolder: string;
  /** Said before a step that takes long. */
  readonly report: (line: string) => void;
  readonly download: (folder: string) => Promise<string>;
  readonly build: (folder: string) => Promise<void>;
}

/** The sources of this machine. The cache is outside of node_modules, which every installation empties. */
export function temporalSources(
  env: NodeJS.ProcessEnv,
  report: TemporalSources['report'],
): TemporalSources {
  const caches = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return {
    path: env['PATH'] ?? '',
    cacheFolder: join(caches, 'conclave'),
    report,
    download: downloadWithSdk,
    build: (folder) => buildWithGo(folder, env),
  };
}

/** Path of a `temporal` command: from PATH, the cache, the SDK's download, or built with Go. */
export async function findTemporal(sources: TemporalSources): Promise<string> {
  const { cacheFolder, report } = sources;
  const cached = join(cacheFolder, PROGRAM);
  const folders = [...sources.path.split(delimiter).filter(Boolean), cacheFolder];
  for (const folder of folders) {
    const program = join(folder, PROGRAM);
    if (await isExecutable(program)) return program;
  }
  await mkdir(cacheFolder, { recursive: true });
  const reasons: unknown[] = [];
  try {
    await rename(await sources.download(cacheFolder), cached);
    return cached;
  } catch (error) {
    reasons.push(error);
  }
  report('building Temporal with Go; this is done once and takes some minutes');
  try {
    await sources.build(cacheFolder);
    return cached;
  } catch (error) {
    reasons.push(error);
  }
  throw new AggregateError(reasons, FOUR_WAYS);
}

/** The SDK downloads while it starts a server, so one is started and stopped. */
async function downloadWithSdk(folder: string): Promise<string> {
  await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_MS) });
  const downloadDir = join(folder, 'download');
  await mkdir(downloadDir, { recursive: true });
  const server = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir } },
  });
  await server.teardown();
  const program = (await readdir(downloadDir)).find((name) => name.startsWith('temporal'));
  if (program === undefined) throw new Error(`the download left nothing in ${downloadDir}`);
  return join(downloadDir, program);
}

async function buildWithGo(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  await run('go', ['install', GO_PACKAGE], { env: { ...env, GOBIN: folder, CGO_ENABLED: '0' } });
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
