import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundleOptions, DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** Bundles the workflows of a file of the bench into `folder`, with these options, and returns the path. */
export async function bundle(
  folder: string,
  entry: string,
  options: Partial<BundleOptions>,
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(import.meta.resolve(`./${entry}.ts`)),
    ...options,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, `${entry}.js`);
  await writeFile(path, code);
  return path;
}
