/** Lets everybody have a turn in each round, each time somebody else first, so that the machine's moods hit all alike. */
export async function interleaved<Name extends string, One, Result>(
  rounds: number,
  contestants: Readonly<Record<Name, One>>,
  measure: (contestant: One) => Promise<Result>,
): Promise<Record<Name, Result>[]> {
  const names = Object.keys(contestants) as Name[];
  const all: Record<Name, Result>[] = [];
  for (let round = 0; round < rounds; round++) {
    const results: Partial<Record<Name, Result>> = {};
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]!;
      results[name] = await measure(contestants[name]);
    }
    all.push(results as Record<Name, Result>);
  }
  return all;
}
