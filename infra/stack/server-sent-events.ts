/** One event of a stream. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Events of a stream, from pieces that may be cut anywhere. Comments and fields that nobody here reads are left out. */
export async function* serverSentEvents(
  pieces: AsyncIterable<string>,
): AsyncIterable<ServerSentEvent> {
  let rest = '';
  for await (const piece of pieces) {
    const blocks = (rest + piece).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const data = valuesOf(lines, 'data').join('\n');
      if (data !== '') yield { event: valuesOf(lines, 'event')[0] ?? 'message', data };
    }
  }
}

const valuesOf = (lines: readonly string[], field: string): string[] =>
  lines
    .filter((line) => line.startsWith(`${field}:`))
    .map((line) => line.slice(field.length + 1).replace(/^ /, ''));
