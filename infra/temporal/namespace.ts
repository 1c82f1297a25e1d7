import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SearchAttribute } from '../../workflows/contract/names.ts';
import type { TemporalConfig } from '../config/config.ts';

/** Temporal's own copy of a closed execution is for looking at, not for keeping: the database keeps it. */
const RETENTION = '7 days';
const RETRY_MS = 100;
const CONNECT_MS = 2_000;
/** Status codes of gRPC. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

/** Returns when a server answers; throws when the signal is raised before. */
export async function waitForTemporal(
  options: TemporalConfig['connection'],
  signal: AbortSignal,
): Promise<void> {
  const connection = await until(signal, () => connect(options));
  await connection.close();
}

/** Makes the namespace and its search attributes where they are missing; returns when workflows can be started with them. */
export async function ensureNamespace(
  config: Pick<TemporalConfig, 'connection' | 'namespace'>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = config;
  const connection = await until(signal, () => connect(config.connection));
  try {
    await until(signal, () => registerNamespace(connection, namespace));
    await until(signal, () => addSearchAttributes(connection, namespace));
    // The server's parts learn of new attributes one after the other; a query that names them all proves it.
    const query = Object.values(SearchAttribute).map((name) => `${name} = 'none'`);
    await until(signal, () =>
      connection.workflowService.countWorkflowExecutions({ namespace, query: query.join(' AND ') }),
    );
  } finally {
    await connection.close();
  }
}

/** A short limit for one attempt: a server that is just starting is tried again soon. */
const connect = (options: TemporalConfig['connection']): Promise<Connection> =>
  Connection.connect({ ...options, connectTimeout: CONNECT_MS });

async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  const service = connection.workflowService;
  try {
    await service.describeNamespace({ namespace });
  } catch (error) {
    if (!hasStatus(error, NOT_FOUND)) throw error;
    await service
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION) })
      .catch(ignoring(ALREADY_EXISTS));
  }
}

async function addSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const service = connection.operatorService;
  const { customAttributes } = await service.listSearchAttributes({ namespace });
  const missing = Object.values(SearchAttribute).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
  await service
    .addSearchAttributes({ namespace, searchAttributes })
    .catch(ignoring(ALREADY_EXISTS));
}

async function until<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted)
        throw new Error('Temporal did not answer in time; look at its log and its address', {
          cause: error,
        });
      await sleep(RETRY_MS);
    }
  }
}

function hasStatus(error: unknown, code: number): boolean {
  const status: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  return status === code;
}

const ignoring =
  (code: number) =>
  (error: unknown): void => {
    if (!hasStatus(error, code)) throw error;
  };
