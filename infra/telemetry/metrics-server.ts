import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Shows a process's metrics at `/metrics` on a port of their own (0: any free one); nothing where the port is null. */
export async function serveMetrics(
  registry: Registry,
  { host, port }: { readonly host: string; readonly port: number | null },
): Promise<{ readonly port: number | null; close(): Promise<void> }> {
  if (port === null) return { port, close: async () => {} };
  const server = createServer((req, res) => {
    if (req.url !== '/metrics') return void res.writeHead(404).end();
    registry.metrics().then(
      (text) => res.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => res.writeHead(500).end(),
    );
  }).listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
