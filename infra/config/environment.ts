import { join } from 'node:path';
import { z } from 'zod';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i;
const PROJECT_ROOT = join(import.meta.dirname, '..', '..');

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'give an address such as postgres://user:password@host:5432/conclave',
});
const flag = z
  .enum(['true', 'false', '1', '0'], 'say true or false')
  .transform((word) => word === 'true' || word === '1');
const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .pipe(z.array(z.string().min(1, 'leave no empty entry')));

/** Every variable that Conclave reads itself; `TEMPORAL_*` are read by Temporal's own kit. Empty means unset. */
const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  CONCLAVE_HOME: z.string().default(join(PROJECT_ROOT, '.conclave')),
  DATABASE_URL: postgresUrl.optional(),
  CONCLAVE_APP_DATABASE_URL: postgresUrl.optional(),
  CONCLAVE_SYSTEM_DATABASE_URL: postgresUrl.optional(),
  CONCLAVE_TEMPORAL_UI_URL: z.url({ protocol: /^https?$/ }).optional(),
  CONCLAVE_ENCRYPTION_KEYS: z.string().optional(),
  CONCLAVE_ALLOWED_HOSTS: list.optional(),
  CONCLAVE_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  CONCLAVE_DEFAULT_MODEL: z
    .string()
    .regex(/^[^/\s]+\/\S+$/, 'name it <provider>/<model>')
    .optional(),
  CONCLAVE_ALLOW_PRIVATE_ENDPOINTS: flag.optional(),
  CONCLAVE_DEPLOYMENT: z.string().max(128).optional(),
  CONCLAVE_BUILD_ID: z.string().max(128).optional(),
});
type Environment = z.infer<typeof Environment>;

/** Names under which a host is this machine and no other. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Checks the variables; adds to `problems` what is wrong with them and then returns nothing. */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  problems: string[],
): Environment | undefined {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    problems.push(`${path.join('.')}: ${message}`);
  return undefined;
}

/** The environment cannot be used; the message lists every reason. */
export class BadEnvironment extends Error {
  override readonly name = 'BadEnvironment';

  constructor(problems: readonly string[]) {
    super(`The environment needs a change:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  }
}
