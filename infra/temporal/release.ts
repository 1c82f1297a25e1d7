import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { temporalFrom } from '../config/config.ts';
import { temporalClient } from './connect.ts';

/** One build of the workers: what `CONCLAVE_DEPLOYMENT` and `CONCLAVE_BUILD_ID` name. */
export interface Build {
  readonly deployment: string;
  readonly buildId: string;
}

/** What becomes of the executions of a build. `drained`: none is left, its workers may be stopped. */
export type BuildStatus = 'inactive' | 'current' | 'ramping' | 'draining' | 'drained' | 'unknown';

const RETRY_MS = 500;
const WORKERS_MS = 60_000;
/** Status codes of gRPC: no worker of the build has polled yet, or not all of its queues are polled. */
const NOT_READY = [5, 9];
/** By the numbers of Temporal's `WorkerDeploymentVersionStatus`. */
const STATUSES: readonly BuildStatus[] = [
  'unknown',
  'inactive',
  'current',
  'ramping',
  'draining',
  'drained',
];

/**
 * Has new executions start on a build, once its workers poll every queue that the build before has. Those under way end
 * on theirs. Throws when the workers do not come before `signal` is raised.
 */
export async function release(client: Client, build: Build, signal: AbortSignal): Promise<void> {
  const { deployment: deploymentName, buildId } = build;
  const { namespace } = client.options;
  for (;;) {
    try {
      const request = { namespace, deploymentName, buildId, identity: 'conclave-release' };
      await client.workflowService.setWorkerDeploymentCurrentVersion(request);
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || !NOT_READY.includes(error.code)) throw error;
      if (signal.aborted)
        throw new Error(
          `The workers of build ${buildId} do not poll all queues; start them with CONCLAVE_DEPLOYMENT=${deploymentName} CONCLAVE_BUILD_ID=${buildId}, and release again`,
          { cause: error },
        );
      await sleep(RETRY_MS);
    }
  }
}

/** The builds that Temporal knows of a deployment, newest first. */
export async function buildsOf(
  client: Client,
  deploymentName: string,
): Promise<{ readonly buildId: string; readonly status: BuildStatus }[]> {
  const { namespace } = client.options;
  const { workerDeploymentInfo: info } = await client.workflowService.describeWorkerDeployment({
    namespace,
    deploymentName,
  });
  return (info?.versionSummaries ?? []).map(({ deploymentVersion, status }) => ({
    buildId: deploymentVersion?.buildId ?? '',
    status: STATUSES[status ?? 0] ?? 'unknown',
  }));
}

const USAGE = `npm run release -- --deployment <name> [--build-id <id>]
  With a build id: new executions start on it; those under way end on the build that they began on.
  Then, and without one: what has become of each build. Stop a build's workers when it is drained.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { deployment: { type: 'string' }, 'build-id': { type: 'string' } },
  });
  const { deployment, 'build-id': buildId } = values;
  if (deployment === undefined) throw new Error(USAGE);
  const client = temporalClient({ ...temporalFrom(process.env), uiUrl: null });
  try {
    if (buildId !== undefined)
      await release(client, { deployment, buildId }, AbortSignal.timeout(WORKERS_MS));
    for (const build of await buildsOf(client, deployment))
      console.log(`${build.buildId}  ${build.status}`);
  } finally {
    await client.connection.close();
  }
}

if (import.meta.main) await main();
