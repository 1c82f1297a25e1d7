import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/', import.meta.url));
/** What could change at the top of a module: a variable, or a collection that is made to be filled. */
const STATE =
  /^(?:export )?(?:let|var) .*|^(?:export )?const .*= new (?:Map|Set|WeakMap|WeakSet)\(?\)?.*/gm;

test('no module of the workflows keeps state, since all workflows share it', async () => {
  const found: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: WORKFLOWS }))
    for (const [line] of (await readFile(WORKFLOWS + file, 'utf8')).matchAll(STATE))
      found.push(`${file}: ${line}`);

  expect(found).toEqual([]);
});

test('what would be state is found', () => {
  const module = `let count = 0;\nexport const seen = new Map<string, number>();\nconst fixed = 1;\n  const own = new Set();`;

  expect(module.match(STATE)).toHaveLength(2);
});
