import { join, resolve } from 'node:path';
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
const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'give an address such as http://127.0.0.1:4318',
});
/** One exporter for both: receivers tell JSON by its content type. */
const HTTP_PROTOCOLS = ['http/json', 'http/protobuf'] as const;
const ONLY_HTTP = "say http/json, and name the receiver's port for HTTP (4318 as a rule)";
const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .pipe(z.array(z.string().min(1, 'leave no empty entry')));
const apiKey = z.string().trim().min(1).max(10_000);
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'give an address such as https://api.example.com/v1' })
  .refine((url) => !URL.parse(url)?.username, 'give the key in its own variable');

/**
 * Every variable that Conclave reads itself; other `TEMPORAL_*` and `OTEL_*` are read by the kits of Temporal and
 * OpenTelemetry. Empty means unset.
 */
const VARIABLES = {
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  CONCLAVE_HOME: z
    .string()
    .default(join(PROJECT_ROOT, '.conclave'))
    .transform((folder) => resolve(folder)),
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
  CONCLAVE_ADAPTERS: z.string().optional(),
  OPENAI_API_KEY: apiKey.optional(),
  OPENAI_BASE_URL: baseUrl.optional(),
  ANTHROPIC_API_KEY: apiKey.optional(),
  ANTHROPIC_BASE_URL: baseUrl.optional(),
  GOOGLE_GENERATIVE_AI_API_KEY: apiKey.optional(),
  GOOGLE_GENERATIVE_AI_BASE_URL: baseUrl.optional(),
  OPENROUTER_API_KEY: apiKey.optional(),
  OPENROUTER_BASE_URL: baseUrl.optional(),
  HF_TOKEN: apiKey.optional(),
  OLLAMA_HOST: z.string().transform(ollamaAddress).pipe(baseUrl).optional(),
  CONCLAVE_ALLOW_PRIVATE_ENDPOINTS: flag.optional(),
  CONCLAVE_DEPLOYMENT: z.string().max(128).optional(),
  CONCLAVE_WORKFLOW_BUNDLE: z.string().optional(),
  CONCLAVE_BUILD_ID: z.string().max(128).optional(),
  CONCLAVE_METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(HTTP_PROTOCOLS, ONLY_HTTP).optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], 'say otlp or none').optional(),
  OTEL_SDK_DISABLED: flag.optional(),
};

/** The address in `OLLAMA_HOST`, read as Ollama's own client does: scheme and port may be left out. */
function ollamaAddress(host: string): string {
  const url = URL.parse(host.includes('://') ? host : `http://${host.replace(/^:/, '127.0.0.1:')}`);
  if (!url) return host;
  // What a server listens on; asked is it on this machine.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  if (url.port === '' && !host.includes('://')) url.port = '11434';
  return url.href;
}

export type Environment = {
  readonly [Name in keyof typeof VARIABLES]: z.infer<(typeof VARIABLES)[Name]>;
};

/** Is a receiver of spans named, and tracing not switched off? */
export const isTraced = (values: Environment): boolean =>
  values.OTEL_SDK_DISABLED !== true &&
  values.OTEL_TRACES_EXPORTER !== 'none' &&
  (values.OTEL_EXPORTER_OTLP_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined;

/** Names under which a host is this machine and no other. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Checks each variable and adds to `problems` what is wrong; only without problems may the values be relied on. */
export function readEnvironment(env: NodeJS.ProcessEnv, problems: string[]): Environment {
  const values = Object.entries(VARIABLES).map(([name, schema]) => {
    const { data, error } = schema.safeParse(env[name] === '' ? undefined : env[name]);
    for (const { message } of error?.issues ?? []) problems.push(`${name}: ${message}`);
    return [name, data];
  });
  return Object.fromEntries(values) as Environment;
}

/** The environment alone, for programs that need no more. Throws `BadEnvironment`. */
export function demandEnvironment(env: NodeJS.ProcessEnv): Environment {
  const problems: string[] = [];
  const values = readEnvironment(env, problems);
  if (problems.length > 0) throw new BadEnvironment(problems);
  return values;
}

/** The environment cannot be used; the message lists every reason. */
export class BadEnvironment extends Error {
  override readonly name = 'BadEnvironment';

  constructor(problems: readonly string[]) {
    super(`The environment needs a change:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
  }
}
