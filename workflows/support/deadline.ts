import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { executionFailed } from './failures.ts';

/** Runs the story until the deadline (ISO 8601). Then its turns in flight are cancelled, and it fails with `deadline_exceeded`. */
export async function beforeDeadline<T>(
  deadline: string | undefined,
  story: () => Promise<T>,
): Promise<T> {
  if (deadline === undefined) return story();
  const leftMs = Date.parse(deadline) - Date.now();
  if (leftMs <= 0) throw exceeded();

  const timer = new CancellationScope();
  const telling = new CancellationScope();
  let isOver = false;
  const expire = () => {
    isOver = true;
    telling.cancel();
  };
  void timer.run(() => sleep(leftMs, { summary: 'deadline' })).then(expire, () => {});
  try {
    return await telling.run(story);
  } catch (error) {
    const isCancelled = CancellationScope.current().consideredCancelled;
    throw isOver && !isCancelled && isCancellation(error) ? exceeded() : error;
  } finally {
    timer.cancel();
  }
}

const exceeded = () =>
  executionFailed(
    'deadline_exceeded',
    'The deadline passed before the execution ended; start it again with a later one.',
  );
