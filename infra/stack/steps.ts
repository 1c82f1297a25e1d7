/** Prints a line to whoever started the stack. */
export type Say = (line: string) => void;

/** Does one step of starting; says what it was and how long it took. A failure says what was being done. */
export async function step<T>(say: Say, title: string, work: () => Promise<T>): Promise<T> {
  const startedAt = Date.now();
  try {
    const result = await work();
    say(`  ✓ ${title} (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    say(`  ✗ ${title}`);
    throw error;
  }
}

/** An error in words for a terminal: its message, those of its causes, and what can be done about well-known ones. */
export function explain(error: unknown): string {
  const messages: string[] = [];
  const remedies = new Set<string>();
  const visit = (each: unknown): void => {
    if (!(each instanceof Error)) return;
    if (!messages.some((said) => said.includes(each.message))) messages.push(each.message);
    const remedy = REMEDIES[(each as NodeJS.ErrnoException).code ?? ''];
    if (remedy) remedies.add(remedy);
    for (const inner of each instanceof AggregateError ? each.errors : [each.cause]) visit(inner);
  };
  visit(error);
  if (messages.length === 0) messages.push(String(error));
  return [messages.join('\n  because: '), ...remedies].join('\n');
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room, then run this again.',
  EACCES:
    'A file or folder may not be used by this account: look at its owner, or set CONCLAVE_HOME.',
  EROFS: 'The folder cannot be written to: set CONCLAVE_HOME to one that can.',
  EMFILE: 'Too many files are open: raise the limit with `ulimit -n 4096`.',
  ECONNREFUSED: 'Nothing listens there: check DATABASE_URL and TEMPORAL_ADDRESS.',
};
