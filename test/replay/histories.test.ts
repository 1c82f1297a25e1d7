import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import * as messages from '../../workflows/contract/messages.ts';
import * as workflows from '../../workflows/index.ts';
import { memoryActivities } from '../workflows/memory-activities.ts';
import { HISTORIES, RELEASE } from './releases.ts';
import { CHORES, LONG_SCENES, SCENES } from './scenes.ts';

// Replays that are meant to fail would fill the log.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

/** Workflows that go on in a new run when their history is long. */
const CONTINUING = ['chain', 'debate', 'pipeline'];

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
  const recorded = new Set<string>();
  for await (const { workflowId, history } of histories())
    if (workflowId.startsWith(`${RELEASE}/`))
      for (const part of partsOf(history)) recorded.add(part);

  const signals = Object.values(messages).filter(({ type }) => type === 'signal');
  const expected = [
    ...Object.keys(workflows).map((name) => `workflow ${name}`),
    ...Object.keys(memoryActivities(new Map(), new Map())).map((name) => `activity ${name}`),
    ...signals.map(({ name }) => `signal ${name}`),
    ...['CANCEL_REQUESTED', 'COMPLETED', 'FAILED', 'CONTINUED_AS_NEW'].map(
      (end) => `EVENT_TYPE_WORKFLOW_EXECUTION_${end}`,
    ),
    ...CONTINUING.map((name) => `continued ${name}`),
    'EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED',
    'EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED',
    'fork',
  ];
  expect(expected.filter((part) => !recorded.has(part))).toEqual([]);
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

/** What is looked for in a recorded history. */
interface RecordedHistory {
  readonly events: readonly {
    readonly eventType: string;
    readonly workflowExecutionStartedEventAttributes?: {
      readonly workflowType: { readonly name: string };
      readonly continuedExecutionRunId?: string;
    };
    readonly activityTaskScheduledEventAttributes?: {
      readonly activityType: { readonly name: string };
    };
    readonly workflowExecutionSignaledEventAttributes?: { readonly signalName: string };
  }[];
}

/** What a history is an example of. */
function* partsOf({ events }: RecordedHistory): Generator<string> {
  for (const event of events) {
    yield event.eventType;
    const { workflowType, continuedExecutionRunId } =
      event.workflowExecutionStartedEventAttributes ?? {};
    if (workflowType)
      yield `${continuedExecutionRunId ? 'continued' : 'workflow'} ${workflowType.name}`;
    const activity = event.activityTaskScheduledEventAttributes?.activityType.name;
    if (activity) yield `activity ${activity}`;
    const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
    if (signal) yield `signal ${signal}`;
    if (isToldOfEarlierRun(event)) yield 'fork';
  }
}

/** A fork is told at its beginning where people had spoken in what it keeps. */
function isToldOfEarlierRun(event: object): boolean {
  const payloads = JSON.stringify(event).matchAll(/"data":"([^"]+)"/g);
  return Array.from(payloads, ([, data]) => Buffer.from(data!, 'base64').toString()).some((text) =>
    /"placed":\[\d/.test(text),
  );
}
