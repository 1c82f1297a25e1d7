import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { type TemporalSources, findTemporal } from '../../../infra/stack/find-temporal.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** Folders without any `temporal`, and no way to get one, until a test puts one there. */
function machine() {
  const root = tempFolder();
  const folder = (name: string): string => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  const sources: TemporalSources = {
    path: [folder('empty'), folder('bin')].join(delimiter),
    cacheFolder: join(root, 'cache'),
    report: () => {},
    download: () => Promise.reject(new Error('no network')),
    build: () => Promise.reject(new Error('no Go')),
  };
  const put = (name: string, mode = 0o755): string => {
    const file = join(root, name, 'temporal');
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  };
  return { root, sources, put };
}

test('the command on PATH comes before the cached one', async () => {
  const { sources, put } = machine();
  put('cache');
  const onPath = put('bin');

  expect(await findTemporal(sources)).toBe(onPath);
});

test('a file that cannot be run is passed over', async () => {
  const { sources, put } = machine();
  put('bin', 0o644);
  const cached = put('cache');

  expect(await findTemporal(sources)).toBe(cached);
});

test('a download becomes the cached one, and is not built', async () => {
  const { root, sources, put } = machine();
  const download = () => Promise.resolve(put('download'));

  const found = await findTemporal({ ...sources, download });

  expect(found).toBe(join(root, 'cache', 'temporal'));
  expect(existsSync(found)).toBe(true);
  expect(await findTemporal(sources)).toBe(found);
});

test('without a download it is built, and that it takes long is said first', async () => {
  const { sources, put } = machine();
  const said: string[] = [];
  const build = async () => {
    expect(said).toHaveLength(1);
    put('cache');
  };

  const found = await findTemporal({ ...sources, build, report: (line) => said.push(line) });

  expect(existsSync(found)).toBe(true);
  expect(said[0]).toContain('minutes');
});

test('when nothing helps, the four ways are named and the reasons kept', async () => {
  const { sources } = machine();

  const error = await findTemporal(sources).catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(AggregateError);
  const { message, errors } = error as AggregateError;
  for (const way of ['TEMPORAL_ADDRESS', 'PATH', 'https://temporal.download/', 'go install'])
    expect(message).toContain(way);
  expect(errors.map(String)).toEqual(['Error: no network', 'Error: no Go']);
});
