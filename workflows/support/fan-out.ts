/** The most turns of one execution in flight: Temporal's server wants few hundred pending activities a workflow, providers fewer calls. */
const MAX_IN_FLIGHT = 50;

/**
 * Does `work` for each item, at most 50 at a time, begun in order. Waits until all have ended, also when one throws, so
 * that nothing is left in flight; then throws the first error in the items' order.
 */
export async function fanOut<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const settled: PromiseSettledResult<Result>[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      [settled[i]] = await Promise.allSettled([work(items[i]!)]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_IN_FLIGHT, items.length) }, worker));
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
