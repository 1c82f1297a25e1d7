import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { ModelRef } from '../../workflows/contract/agents.schema.ts';
import { deriveRoleUrls } from '../db/roles.ts';
import { adaptersFrom } from './adapters.ts';
import { type KeyRing, parseEncryptionKeys } from './encryption-keys.ts';
import { type EnvironmentProvider, environmentProvidersFrom } from './environment-providers.ts';
import {
  BadEnvironment,
  type Environment,
  isLoopback,
  isTraced,
  readEnvironment,
} from './environment.ts';

/** How to reach Temporal, and under which name. */
export interface TemporalConfig {
  /** Address, TLS, API key and headers, as both kinds of connection take them. */
  readonly connection: Pick<NativeConnectionOptions, 'tls' | 'apiKey' | 'metadata'> & {
    readonly address: string;
  };
  readonly namespace: string;
  /** Where people look at workflows; null: no links are shown. */
  readonly uiUrl: string | null;
}

/** All that a process is told from outside. */
export interface Config {
  /** The state folder. */
  readonly home: string;
  readonly http: {
    readonly host: string;
    /** 0: any free port. */
    readonly port: number;
    /** Names that a request's Host may have; null: any. */
    readonly allowedHosts: readonly string[] | null;
  };
  readonly database: {
    /** Role of the API and the workers; row-level security applies. */
    readonly appUrl: string;
    /** Role of the relay and the sweep. */
    readonly systemUrl: string;
  };
  readonly temporal: TemporalConfig;
  readonly encryptionKeys: KeyRing;
  readonly logLevel: string;
  readonly defaultModel: ModelRef | null;
  /** Providers with credentials of the environment, for every owner; in the order in which a default is looked for. */
  readonly environmentProviders: readonly EnvironmentProvider[];
  /** Files of the modules that speak to `custom` providers, by the name that a provider gives in `adapter`. */
  readonly adapters: ReadonlyMap<string, string>;
  /** May providers be on loopback and private addresses? */
  readonly allowPrivateEndpoints: boolean;
  /** A workflow bundle that was built beforehand; null: the orchestration worker builds one at start. */
  readonly workflowBundle: string | null;
  /** Are spans sent? True where a receiver of OTLP is named. */
  readonly tracing: boolean;
  /** Where a worker or relay shows its metrics; null: nowhere. The API shows its own at `/metrics`. */
  readonly metricsPort: number | null;
  /** Worker versioning; null: unversioned, every worker takes every workflow. */
  readonly deployment: { readonly name: string; readonly buildId: string } | null;
}

/** Reads the environment once, at the top of a process. Throws `BadEnvironment` with every problem at once. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const temporal = attempt('TEMPORAL_*', problems, () => temporalFrom(env));
  const values = readEnvironment(env, problems);
  const database = databaseFrom(values, problems);
  const encryptionKeys = encryptionKeysFrom(values, problems);
  const deployment = deploymentFrom(values, problems);
  const adapters = adaptersFrom(values, problems);
  if (problems.length > 0 || !temporal || !database || !encryptionKeys)
    throw new BadEnvironment(problems);
  return {
    home: values.CONCLAVE_HOME,
    http: httpFrom(values),
    database,
    temporal: { ...temporal, uiUrl: values.CONCLAVE_TEMPORAL_UI_URL ?? null },
    encryptionKeys,
    logLevel: values.CONCLAVE_LOG_LEVEL,
    defaultModel: modelFrom(values.CONCLAVE_DEFAULT_MODEL),
    environmentProviders: environmentProvidersFrom(values),
    adapters,
    allowPrivateEndpoints: values.CONCLAVE_ALLOW_PRIVATE_ENDPOINTS ?? isLoopback(values.HOST),
    workflowBundle: values.CONCLAVE_WORKFLOW_BUNDLE ?? null,
    tracing: isTraced(values),
    metricsPort: values.CONCLAVE_METRICS_PORT ?? null,
    deployment,
  };
}

/** Temporal's standard variables; its configuration file only where `TEMPORAL_CONFIG_FILE` names one. */
export function temporalFrom(env: NodeJS.ProcessEnv): Omit<TemporalConfig, 'uiUrl'> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: Object.fromEntries(set),
    disableFile: !env['TEMPORAL_CONFIG_FILE'],
  });
  const { address = '127.0.0.1:7233', tls, apiKey, metadata } = connectionOptions;
  return {
    connection: {
      address,
      ...(tls !== undefined && { tls }),
      ...(apiKey !== undefined && { apiKey }),
      ...(metadata !== undefined && { metadata }),
    },
    namespace: namespace ?? 'default',
  };
}

function httpFrom({ HOST, PORT, CONCLAVE_ALLOWED_HOSTS }: Environment): Config['http'] {
  const local = isLoopback(HOST) ? ['localhost', '127.0.0.1', '[::1]'] : null;
  const allowedHosts = CONCLAVE_ALLOWED_HOSTS
    ? [...(local ?? []), ...CONCLAVE_ALLOWED_HOSTS]
    : local;
  return { host: HOST, port: PORT, allowedHosts };
}

function databaseFrom(values: Environment, problems: string[]): Config['database'] | undefined {
  const { DATABASE_URL, CONCLAVE_APP_DATABASE_URL, CONCLAVE_SYSTEM_DATABASE_URL } = values;
  const derived =
    DATABASE_URL === undefined
      ? undefined
      : attempt('DATABASE_URL', problems, () => deriveRoleUrls(DATABASE_URL));
  const appUrl = CONCLAVE_APP_DATABASE_URL ?? derived?.app;
  const systemUrl = CONCLAVE_SYSTEM_DATABASE_URL ?? derived?.system;
  if (appUrl !== undefined && systemUrl !== undefined) return { appUrl, systemUrl };
  if (!problems.some((problem) => problem.includes('DATABASE_URL')))
    problems.push(
      'DATABASE_URL: set it, or both CONCLAVE_APP_DATABASE_URL and CONCLAVE_SYSTEM_DATABASE_URL',
    );
  return undefined;
}

function encryptionKeysFrom(values: Environment, problems: string[]): KeyRing | undefined {
  const { CONCLAVE_ENCRYPTION_KEYS, CONCLAVE_HOME } = values;
  if (CONCLAVE_ENCRYPTION_KEYS !== undefined)
    return attempt('CONCLAVE_ENCRYPTION_KEYS', problems, () =>
      parseEncryptionKeys(CONCLAVE_ENCRYPTION_KEYS),
    );
  const file = join(CONCLAVE_HOME, 'encryption-keys');
  return attempt(`CONCLAVE_ENCRYPTION_KEYS is not set and ${file} cannot be used`, problems, () =>
    parseEncryptionKeys(readFileSync(file, 'utf8')),
  );
}

function deploymentFrom(values: Environment, problems: string[]): Config['deployment'] {
  const { CONCLAVE_DEPLOYMENT: name, CONCLAVE_BUILD_ID: buildId } = values;
  if (name !== undefined && buildId !== undefined) return { name, buildId };
  if (name !== undefined || buildId !== undefined)
    problems.push('CONCLAVE_DEPLOYMENT, CONCLAVE_BUILD_ID: set both or neither');
  return null;
}

function modelFrom(name: string | undefined): ModelRef | null {
  if (name === undefined) return null;
  const slash = name.indexOf('/');
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

function attempt<T>(what: string, problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
