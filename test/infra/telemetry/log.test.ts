import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { makeLogger } from '../../../infra/telemetry/log.ts';

/** A log whose lines can be read. */
function journal(level = 'info') {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: makeLogger({ role: 'api', level }, destination), lines };
}

test('an entry is one line of JSON that names the role and what it belongs to', () => {
  const { log, lines } = journal();

  log.child({ executionId: 'e1' }).info({ round: 2 }, 'asked');
  log.debug('not wanted');

  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    role: 'api',
    executionId: 'e1',
    round: 2,
    msg: 'asked',
  });
});

test('secrets are written neither as fields nor within text', () => {
  const { log, lines } = journal();

  log.info({
    apiKey: 'hush',
    provider: { credentials: { apiKey: 'hush' } },
    req: { headers: { authorization: 'Bearer hush', cookie: 'hush' } },
  });
  log.error(new Error('cannot reach postgres://conclave_app:hush@db/conclave'), 'gone');
  log.info('key cnv_abcd1234_hush was used with Bearer hush');

  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain('hush');
  expect(lines[1]).toContain('postgres://conclave_app:[redacted]@db/conclave');
  expect(lines[2]).toContain('cnv_abcd1234_[redacted]');
});
