import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { WORKFLOW_SOURCES } from '../../infra/temporal/workflow-bundle.ts';

/** Bundles the workflows into a file of `folder` and returns its path, for `workflowBundle: { codePath }`. */
export async function bundleWorkflows(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...WORKFLOW_SOURCES,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'workflows.js');
  await writeFile(path, code);
  return path;
}
