/** The most calls that wait for one commit. */
const MOST = 25;

interface Entry<Input, Output> extends PromiseWithResolvers<Output> {
  readonly input: Input;
}

/**
 * Group commit: calls with the same key that come while one is under way go together, as soon as it has ended; alone, a
 * call goes at once. For calls that lock the same row to their end: one by one, each would wait until the one before is on
 * disk. `send` does them in one transaction and returns their answers in the same order. Where it fails for several and
 * `mayBeOne` says that one of them may be why, each is sent alone.
 */
export function groupCalls<Input, Output>(options: {
  readonly send: (inputs: readonly Input[]) => Promise<readonly Output[]>;
  readonly mayBeOne: (error: unknown) => boolean;
}): (key: string, input: Input) => Promise<Output> {
  const { send, mayBeOne } = options;
  /** By key: what waits for those under way. */
  const waiting = new Map<string, Entry<Input, Output>[]>();

  const settle = async (group: readonly Entry<Input, Output>[]): Promise<void> => {
    try {
      const outputs = await send(group.map(({ input }) => input));
      group.forEach(({ resolve }, i) => resolve(outputs[i]!));
    } catch (error) {
      if (group.length > 1 && mayBeOne(error)) for (const entry of group) await settle([entry]);
      else for (const { reject } of group) reject(error);
    }
  };
  const drain = async (key: string, first: Entry<Input, Output>): Promise<void> => {
    const line = waiting.get(key)!;
    for (let group = [first]; group.length > 0; group = line.splice(0, MOST)) await settle(group);
    waiting.delete(key);
  };

  return (key, input) => {
    const entry = { input, ...Promise.withResolvers<Output>() };
    const line = waiting.get(key);
    if (line) line.push(entry);
    else {
      waiting.set(key, []);
      void drain(key, entry);
    }
    return entry.promise;
  };
}
