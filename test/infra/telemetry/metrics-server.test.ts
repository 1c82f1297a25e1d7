import { expect, test } from 'vitest';
import { serveMetrics } from '../../../infra/telemetry/metrics-server.ts';
import { makeProcessMetrics } from '../../../infra/telemetry/process-metrics.ts';
import { parseMetrics } from '../../support/metrics.ts';

test('a worker shows what it uses under its role, and nothing else', async () => {
  const at = { host: '127.0.0.1', port: 0 };
  const server = await serveMetrics(makeProcessMetrics('relay'), at);

  const page = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const other = await fetch(`http://127.0.0.1:${server.port}/`);
  const { values } = parseMetrics(await page.text());
  await server.close();

  expect(page.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(values.get('process_resident_memory_bytes{role="relay"}')).toBeGreaterThan(1_000_000);
  expect(other.status).toBe(404);
});

test('without a port nothing listens', async () => {
  const server = await serveMetrics(makeProcessMetrics('relay'), { host: '127.0.0.1', port: null });

  await expect(server.close()).resolves.toBeUndefined();
});
