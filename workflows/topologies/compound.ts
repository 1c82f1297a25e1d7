import type { Closed, ExecutionRequest, PreparedSeat } from '../contract/executions.ts';
import type { CompoundOutcome, PartDone } from '../contract/outcomes.ts';
import { type ChildEnded, runChild } from '../support/children.ts';
import { type Ready, execute } from '../support/execute.ts';
import { executionFailed } from '../support/failures.ts';
import { fanOut } from '../support/fan-out.ts';
import type { Floor } from '../support/floor.ts';
import { chooseBranch, postResults } from '../support/records.ts';
import { synthesize } from '../support/synthesize.ts';

/**
 * A compound: topologies as child executions. One after the other, each hearing what the one before came to; all at
 * once, their outputs put together; or the first branch whose condition holds, after the steps before it.
 */
export async function compound(request: ExecutionRequest): Promise<Closed | null> {
  return execute(request, 'compound', compose);
}

type Story = (prepared: Ready<'compound'>, floor: Floor) => Promise<CompoundOutcome>;

const compose: Story = (prepared, floor) => {
  switch (prepared.config.compositionType) {
    case 'sequential':
      return inOrder(prepared, floor);
    case 'parallel':
      return atOnce(prepared, floor);
    case 'conditional':
      return byCondition(prepared, floor);
  }
};

const inOrder: Story = async ({ parts }, floor) => ({
  ...NOTHING,
  parts: await oneByOne(floor, parts, parts.length),
});

const byCondition: Story = async ({ parts, stepCount }, floor) => {
  const { ownerId, executionId } = floor.request;
  const steps = await oneByOne(floor, parts.slice(0, stepCount), stepCount + 1);
  const branch = await chooseBranch({ ownerId, executionId });
  if (branch === null) return { ...NOTHING, parts: steps };
  await floor.enter(stepCount + 1, stepCount + 1);
  return { ...NOTHING, parts: [...steps, await mustComplete(floor, branch)], branch };
};

const atOnce: Story = async ({ config, parts, seats }, floor) => {
  await floor.enter(1, 1);
  const ended = await fanOut(parts, (name) => runChild(floor, name));
  const cancelled = parts.find((_, i) => isCancelled(ended[i]!));
  if (cancelled !== undefined) throw childFailed(cancelled, 'cancelled');
  const needsNumbers = config.aggregationMethod === 'average';
  const done = parts.map((name, i): PartDone => {
    const code = failureOf(ended[i]!, needsNumbers);
    return { name, code };
  });
  refuseTooManyFailures(done);
  const [synthesizer] = seats;
  if (!synthesizer) return { ...NOTHING, parts: done };
  const names = done.flatMap(({ name, code }) => (code === null ? name : []));
  const synthesisSequence = await mergeOutputs(floor, synthesizer, names);
  return { ...NOTHING, parts: done, synthesisSequence };
};

/** Makes messages of the children's outputs, and has them put together; returns where the synthesis stands. */
async function mergeOutputs(
  floor: Floor,
  synthesizer: PreparedSeat,
  names: readonly string[],
): Promise<number> {
  const { ownerId, executionId } = floor.request;
  const results = names.map((name) => ({ name, sequence: floor.nextSequence() }));
  await postResults({ ownerId, executionId, results });
  await floor.listen();
  return synthesize(floor, synthesizer, {
    round: 1,
    slots: names,
    diversity: 0,
    heard: { sequences: results.map(({ sequence }) => sequence) },
  });
}

const NOTHING = { kind: 'compound', parts: [], branch: null, synthesisSequence: null } as const;

async function oneByOne(
  floor: Floor,
  names: readonly string[],
  most: number,
): Promise<readonly PartDone[]> {
  const done: PartDone[] = [];
  for (const [i, name] of names.entries()) {
    await floor.enter(i + 1, most);
    done.push(await mustComplete(floor, name));
  }
  return done;
}

async function mustComplete(floor: Floor, name: string): Promise<PartDone> {
  const ended = await runChild(floor, name);
  if (ended.status === 'unfit')
    throw executionFailed(
      'invalid_output',
      `The child "${name}" could not be started: what its mapping finds for "${ended.field}" is no valid input. Change the mapping, and start again.`,
    );
  const code = failureOf(ended, false);
  if (code !== null) throw childFailed(name, code);
  return { name, code };
}

/** Why a child counts as failed; null: it does not. */
function failureOf(ended: ChildEnded, needsNumber: boolean): PartDone['code'] {
  if (ended.status === 'unfit') return 'invalid_output';
  if (isCancelled(ended)) return 'cancelled';
  if (ended.state === 'failed') return ended.code ?? 'internal';
  return needsNumber && !ended.hasNumber ? 'invalid_output' : null;
}

const isCancelled = (ended: ChildEnded): boolean =>
  ended.status === 'closed' && ended.state === 'cancelled';

/** More than half of them is too many. Where money was what they lacked, that is said. */
function refuseTooManyFailures(parts: readonly PartDone[]): void {
  const failed = parts.filter(({ code }) => code !== null);
  if (2 * failed.length <= parts.length) return;
  const which = failed.map(({ name, code }) => `${name} (${code})`).join(', ');
  const code = failed.some((part) => part.code === 'budget_exhausted')
    ? 'budget_exhausted'
    : 'too_many_failures';
  throw executionFailed(
    code,
    `${failed.length} of ${parts.length} children came to nothing: ${which}. Mend what they say, and retry: those that completed are not run again.`,
  );
}

const childFailed = (name: string, code: NonNullable<PartDone['code']>) =>
  code === 'cancelled'
    ? executionFailed(
        code,
        `The child "${name}" was cancelled, and the whole cannot go on without it; start it again.`,
      )
    : executionFailed(
        code,
        `The child "${name}" failed (${code}); it says why. Mend that, and retry: the children before it are not run again.`,
      );
