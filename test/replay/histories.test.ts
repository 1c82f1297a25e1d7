import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { HISTORIES, RELEASE } from './releases.ts';
import { SCENES } from './scenes.ts';

// Replays that are meant to fail would fill the log.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'OFF' } },
});

test('every recorded history replays on the workflows as they are now', async () => {
  const codePath = inject('workflowBundlePath');
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath } }, histories());

  const results = await Array.fromAsync(replayed);

  const scenes = results.map(({ workflowId }) => workflowId.replace(/^.*\//, ''));
  expect(scenes).toEqual(expect.arrayContaining(Object.keys(SCENES)));
  for (const { workflowId, error } of results) expect(error, workflowId).toBeUndefined();
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
    const history: unknown = JSON.parse(await readFile(join(HISTORIES, file), 'utf8'));
    yield { workflowId: file.replace('.json', ''), history };
  }
}
