import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import * as messages from '../../workflows/contract/messages.ts';
import { EXECUTION_WORKFLOWS, type ExecutionWorkflow } from '../../workflows/contract/names.ts';
import * as workflows from '../../workflows/index.ts';
import { memoryActivities } from '../workflows/memory-activities.ts';
import { type RecordedHistory, partsOf } from './parts.ts';
import { HISTORIES, RELEASE } from './releases.ts';
import { CHORES, LONG_SCENES, SCENES } from './scenes.ts';

// Replays that are meant to fail would fill the log.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

/** Workflows that go on in a new run when their history is long. */
const CONTINUING: readonly ExecutionWorkflow[] = ['chain', 'debate', 'pipeline'];

/** The gates between start and completion; the others have neither rounds nor stages, and the API refuses one there. */
const GATES_BETWEEN: Partial<Record<ExecutionWorkflow, 'round' | 'stage'>> = {
  chain: 'round',
  crosscheck: 'round',
  debate: 'round',
  delegation: 'round',
  pipeline: 'stage',
};

test('every recorded history replays on the workflows as they are now', async () => {
  const codePath = inject('workflowBundlePath');
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath } }, histories());

  const results = await Array.fromAsync(replayed);

  const scenes = results.map(({ workflowId }) => workflowId.replace(/^.*\//, ''));
  const runs = Object.keys(LONG_SCENES).flatMap((name) => [
    `${name}-first-run`,
    `${name}-last-run`,
  ]);
  const names = [...Object.keys(SCENES), ...runs, ...Object.keys(CHORES)];
  expect(scenes).toEqual(expect.arrayContaining(names));
  for (const { workflowId, error } of results) expect(error, workflowId).toBeUndefined();
});

test('each workflow, activity, signal and kind of ending is in a history of this release', async () => {
  const recorded = new Set([...(await recordedParts()).values()].flatMap((parts) => [...parts]));

  const signals = Object.values(messages).filter(({ type }) => type === 'signal');
  const expected = [
    ...Object.keys(workflows).map((name) => `workflow ${name}`),
    ...Object.keys(memoryActivities(new Map(), new Map())).map((name) => `activity ${name}`),
    ...signals.map(({ name }) => `signal ${name}`),
    ...['COMPLETED', 'FAILED'].map((end) => `EVENT_TYPE_WORKFLOW_EXECUTION_${end}`),
    'EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED',
    'EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED',
    'fork',
  ];
  expect(expected.filter((part) => !recorded.has(part))).toEqual([]);
});

test('each workflow of an execution has its gates, a pause, a cancellation and its new runs in histories of this release', async () => {
  const recorded = await recordedParts();

  const missing = EXECUTION_WORKFLOWS.flatMap((workflow) =>
    disturbances(workflow)
      .filter((part) => !recorded.get(workflow)?.has(part))
      .map((part) => `${workflow}: ${part}`),
  );
  expect(missing).toEqual([]);
});

test('it is known which workflows go on in new runs', async () => {
  const cwd = join(import.meta.dirname, '../../workflows');
  const files = glob('{agents,topologies}/*.ts', { cwd });
  const sources = await Array.fromAsync(files, async (file) =>
    (await readFile(join(cwd, file), 'utf8')).includes('continueAsNew')
      ? [basename(file, '.ts')]
      : [],
  );

  expect(sources.flat().toSorted()).toEqual(CONTINUING);
});

test('each release has its histories, this one too', async () => {
  const releases = new Set<string>();
  for await (const { workflowId } of histories()) releases.add(workflowId.replace(/\/.*$/, ''));

  expect([...releases]).toContain(RELEASE);
  for (const release of releases) expect(release).toMatch(/^\d+\.\d+\.\d+$/);
});

test('a timer that is put in is noticed in every one of them', async () => {
  const workflowsPath = fileURLToPath(import.meta.resolve('./with-a-sleep.ts'));
  const replayed = Worker.runReplayHistories({ workflowsPath }, histories());

  const results = await Array.fromAsync(replayed);

  expect(results.length).toBeGreaterThan(Object.keys(SCENES).length);
  for (const { workflowId, error } of results)
    expect(error, workflowId).toMatchObject({ name: 'DeterminismViolationError' });
});

test('no history tells where it was recorded', async () => {
  for await (const { workflowId, history } of histories()) {
    const identities = JSON.stringify(history).matchAll(/"identity":"([^"]*)"/g);
    expect(new Set(Array.from(identities, ([, identity]) => identity)), workflowId).toEqual(
      new Set(['worker@example']),
    );
  }
});

async function* histories() {
  for await (const file of glob('*/*.json', { cwd: HISTORIES })) {
    const history = JSON.parse(await readFile(join(HISTORIES, file), 'utf8')) as RecordedHistory;
    yield { workflowId: file.replace('.json', ''), history };
  }
}

/** What the histories of this release are examples of, by workflow. */
async function recordedParts(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const recorded = new Map<string, Set<string>>();
  for await (const { workflowId, history } of histories()) {
    if (!workflowId.startsWith(`${RELEASE}/`)) continue;
    const { workflow, parts } = partsOf(history);
    recorded.set(workflow, new Set([...(recorded.get(workflow) ?? []), ...parts]));
  }
  return recorded;
}

/** What people and the server can do to a workflow while it is at work. */
const disturbances = (workflow: ExecutionWorkflow): readonly string[] => [
  'activity openInteraction',
  ...['start', GATES_BETWEEN[workflow] ?? [], 'completion'].flat().map((place) => `gate ${place}`),
  ...['respond', 'pause', 'resume'].map((name) => `signal ${name}`),
  'EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED',
  ...(CONTINUING.includes(workflow)
    ? ['EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW', 'continued']
    : []),
];
