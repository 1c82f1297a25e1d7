import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundleOptions, DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/', import.meta.url));
const LOCK_FILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/** What a bundle of the workflows is made of, as `bundleWorkflowCode` takes it. */
export const WORKFLOW_SOURCES = {
  workflowsPath: join(WORKFLOWS, 'index.ts'),
  workflowInterceptorModules: [join(WORKFLOWS, 'tracing.ts')],
  /** All open workflows share our modules, which keep no state; else each would run and keep them for itself. */
  preloadModules: [join(WORKFLOWS, 'index.ts'), join(WORKFLOWS, 'tracing.ts')],
  /** Our modules as one, without what is not used. */
  webpackConfigHook: (config) => ({
    ...config,
    optimization: {
      ...config.optimization,
      concatenateModules: true,
      providedExports: true,
      usedExports: true,
    },
  }),
} satisfies BundleOptions;

/**
 * The path of the workflows' bundle in `folder`, built when there is none of these sources: a worker that comes back
 * from a crash then polls seconds sooner. Safe when two build at once.
 */
export async function ensureWorkflowBundle(folder: string): Promise<string> {
  const path = join(folder, `workflows-${await hashOfSources()}.js`);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({
    ...WORKFLOW_SOURCES,
    logger: new DefaultLogger('ERROR'),
  });
  await mkdir(folder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, code);
  await rename(draft, path);
  return path;
}

async function hashOfSources(): Promise<string> {
  const sources = await Array.fromAsync(glob('**/*.ts', { cwd: WORKFLOWS }));
  const hash = createHash('sha256').update(await readFile(LOCK_FILE));
  hash.update(await readFile(import.meta.filename)); // how they are bundled
  for (const source of sources.toSorted())
    hash.update(source).update(await readFile(join(WORKFLOWS, source)));
  return hash.digest('hex').slice(0, 16);
}
