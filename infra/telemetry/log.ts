import { trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';

/** Fields that are never written, wherever they are in what is logged. */
const SECRET_FIELDS = [
  'apiKey',
  'encryptionKeys',
  'credentials',
  'password',
  'secret',
  'authorization',
  'cookie',
];
const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
  `*.*.*.${field}`,
]);

/** Secrets that come within other text, such as an error's message: API keys, bearer tokens, passwords in addresses. */
const SECRET_TEXT =
  /(?<=\bcnv_[A-Za-z0-9]{8}_)[A-Za-z0-9_-]+|(?<=\bBearer )[^\s"\\]+|(?<=\b[a-z]+:\/\/[^\s/:@"]*:)[^\s/@"]+(?=@)/g;

/** The trace that an entry belongs to, where there is one. */
function currentTrace(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}

/** The log of one process: a JSON line an entry. Use `child({ executionId })` for what belongs to an execution. */
export function makeLogger(
  options: { readonly role: string; readonly level: string },
  destination?: NodeJS.WritableStream,
): Logger {
  const settings = {
    level: options.level,
    base: { role: options.role, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: currentTrace,
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    hooks: { streamWrite: (line: string) => line.replace(SECRET_TEXT, '[redacted]') },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
