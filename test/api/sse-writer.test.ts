import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { SseWriter } from '../../api/sse/sse-writer.ts';

/** More than the buffers of the kernel hold. */
const HUGE = 'x'.repeat(16 * 1_048_576);

/** A stream that `write` makes, and its reader. */
async function open(
  write: (writer: SseWriter) => Promise<void>,
  patience?: { bufferBytes: number; drainMs: number },
) {
  const written = Promise.withResolvers<void>();
  const app = express();
  app.get('/', async (_req, res) => {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    await write(new SseWriter(res, gone.signal, patience)).then(written.resolve, written.reject);
    res.end();
  });
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { response, written: written.promise };
}

test('an event that is larger than what may be unread arrives, and so does what is told meanwhile', async () => {
  const { response, written } = await open(async (writer) => {
    const sending = writer.send('message', HUGE, 1);
    for (let index = 0; index < 100; index += 1) writer.tell('token', { index });
    await sending;
    await writer.send('end', {});
  });

  const all = await text(response);

  await written;
  expect(all.length).toBeGreaterThan(HUGE.length);
  expect(all.match(/^event: token$/gm)).toHaveLength(100);
  expect(all).toMatch(/event: end\ndata: \{\}\n\n$/);
});

test('a reader that takes nothing any more is dropped, and nobody waits for it', async () => {
  const { response, written } = await open((writer) => writer.send('message', HUGE, 1), {
    bufferBytes: 1_000,
    drainMs: 200,
  });
  response.pause();

  await written;

  await expect(text(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
});
