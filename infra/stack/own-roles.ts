import { fileURLToPath } from 'node:url';
import type { StateFolder } from './state-folder.ts';
import type { Role } from './role.ts';

const ENTRIES = {
  relay: '../../workers/relay.ts',
  orchestration: '../../workers/orchestration.ts',
  inference: '../../workers/inference.ts',
  api: '../../api/server.ts',
} as const;
type RoleName = keyof typeof ENTRIES;

/** The product's own processes: `workers` of each kind that may be many, one of each other. The API is the first to end. */
export function ownRoles(
  state: StateFolder,
  env: NodeJS.ProcessEnv,
  workers: number,
): { readonly behind: readonly Role[]; readonly api: Role } {
  const role = (kind: RoleName, ordinal = 1, place = 0): Role => {
    const name = ordinal === 1 ? kind : `${kind}-${ordinal}`;
    const entry = fileURLToPath(import.meta.resolve(ENTRIES[kind]));
    return {
      name,
      program: process.execPath,
      args: [entry],
      env: withMetricsPort(env, place),
      ready: 'message',
      logFile: state.logFile(name),
      mark: entry,
    };
  };
  const ordinals = Array.from({ length: workers }, (_, index) => index + 1);
  return {
    behind: [
      role('relay'),
      ...ordinals.map((ordinal) => role('orchestration', ordinal, ordinal)),
      ...ordinals.map((ordinal) => role('inference', ordinal, workers + ordinal)),
    ],
    api: role('api'),
  };
}

/** Where metrics are asked for, each process shows them on a port of its own, counted up from the first. */
function withMetricsPort(env: NodeJS.ProcessEnv, place: number): NodeJS.ProcessEnv {
  const { CONCLAVE_METRICS_PORT: first } = env;
  return first ? { ...env, CONCLAVE_METRICS_PORT: `${Number(first) + place}` } : env;
}
