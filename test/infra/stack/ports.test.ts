import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { demandFree, freePort } from '../../../infra/stack/ports.ts';

test('a free port passes; a taken one is refused with the process that has it', async () => {
  const port = await freePort();
  await expect(demandFree(port, '127.0.0.1')).resolves.toBeUndefined();

  const holder = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await once(holder, 'listening');

  await expect(demandFree(port, '127.0.0.1')).rejects.toThrow(
    new RegExp(`Port ${port} is taken by process ${process.pid} .*--port N`),
  );
});
