import { parseArgs } from 'node:util';

/** What `npm start --` may be told. */
export interface StartOptions {
  /** A question to run instead of the sample. */
  readonly ask: string | undefined;
  readonly sample: boolean;
  readonly detach: boolean;
  readonly port: number | undefined;
  /** Processes of each worker role. */
  readonly workers: number;
}

export const USAGE = `npm start -- [options]
  --ask "question"  let the sample's agents debate this, and print what they say
  --no-sample       do not run the sample debate on the first start
  --detach          return when everything is ready; \`npm stop\` ends it
  --port N          port of the API (PORT, or 3000)
  --workers N       processes of each worker role (1)`;

/** Reads the command line; throws an Error that says what is wrong with it, and what may be given. */
export function parseOptions(args: readonly string[]): StartOptions & { readonly help: boolean } {
  try {
    return parse(args);
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n\n${USAGE}`, { cause });
  }
}

function parse(args: readonly string[]): ReturnType<typeof parseOptions> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      ask: { type: 'string' },
      sample: { type: 'boolean', default: true },
      detach: { type: 'boolean', default: false },
      port: { type: 'string' },
      workers: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const { ask, port, workers, sample, detach, help } = values;
  if (ask?.trim() === '') throw new Error('--ask: give a question');
  return {
    ask,
    sample,
    detach,
    help,
    port: port === undefined ? undefined : wholeNumber('--port', port, 65_535),
    workers: wholeNumber('--workers', workers, 64),
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${option}: give a whole number from 1 to ${most}`);
}
