import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../infra/config/config.ts';
import { newEncryptionKey, parseEncryptionKeys } from '../../../infra/config/encryption-keys.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KEY = newEncryptionKey(new Date('2026-01-02'));
const GOOD = {
  DATABASE_URL: 'postgres://postgres:secret@db.example:5432/conclave',
  CONCLAVE_ENCRYPTION_KEYS: KEY,
  CONCLAVE_HOME: '/nowhere',
};

const problemsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

test('an address and a key are enough; everything else has a default', () => {
  const config = loadConfig(GOOD);

  expect(config.http).toEqual({
    host: '127.0.0.1',
    port: 3000,
    allowedHosts: ['localhost', '127.0.0.1', '[::1]'],
  });
  expect(config.temporal).toEqual({
    connection: { address: '127.0.0.1:7233' },
    namespace: 'default',
    uiUrl: null,
  });
  expect(config).toMatchObject({
    logLevel: 'info',
    defaultModel: null,
    allowPrivateEndpoints: true,
    deployment: null,
  });
});

test('every problem is told in one message', () => {
  const problems = problemsOf({
    PORT: 'eighty',
    DATABASE_URL: 'mysql://x',
    CONCLAVE_LOG_LEVEL: 'loud',
    CONCLAVE_DEFAULT_MODEL: 'gpt',
    CONCLAVE_ALLOW_PRIVATE_ENDPOINTS: 'perhaps',
    CONCLAVE_ENCRYPTION_KEYS: 'none',
    CONCLAVE_DEPLOYMENT: 'prod',
  });

  for (const name of [
    'PORT',
    'DATABASE_URL',
    'CONCLAVE_LOG_LEVEL',
    'CONCLAVE_DEFAULT_MODEL',
    'CONCLAVE_ALLOW_PRIVATE_ENDPOINTS',
    'CONCLAVE_ENCRYPTION_KEYS',
    'CONCLAVE_DEPLOYMENT, CONCLAVE_BUILD_ID',
  ])
    expect(problems).toContain(`- ${name}: `);
  expect(problems).not.toContain('set it, or both');
});

test('without a database, keys and half of a deployment all three are named', () => {
  const problems = problemsOf({ CONCLAVE_HOME: '/nowhere', CONCLAVE_BUILD_ID: '7' });

  expect(problems).toContain('DATABASE_URL: set it, or both');
  expect(problems).toContain('/nowhere/encryption-keys cannot be used');
  expect(problems).toContain('CONCLAVE_DEPLOYMENT, CONCLAVE_BUILD_ID: set both or neither');
});

test('a password in the address and the keys are never part of the message', () => {
  const problems = problemsOf({
    ...GOOD,
    PORT: '-1',
    CONCLAVE_ENCRYPTION_KEYS: `${KEY},${KEY.slice(0, -4)}`,
  });

  expect(problems).toContain('PORT');
  expect(problems).not.toContain('secret');
  expect(problems).not.toContain(KEY.split(':')[1]?.slice(0, 10));
});

test('addresses of the roles are derived, unless they are given', () => {
  const derived = loadConfig(GOOD).database;
  const given = loadConfig({
    ...GOOD,
    CONCLAVE_APP_DATABASE_URL: 'postgres://app:a@h/db',
  }).database;

  expect(derived.appUrl).toMatch(
    /^postgres:\/\/conclave_app:[0-9a-f]{64}@db\.example:5432\/conclave$/,
  );
  expect(derived.systemUrl).toContain('conclave_system');
  expect(given).toEqual({ appUrl: 'postgres://app:a@h/db', systemUrl: derived.systemUrl });
});

test('a host that others can reach closes private endpoints and checks only the hosts it is given', () => {
  const open = loadConfig({ ...GOOD, HOST: '0.0.0.0' });
  const named = loadConfig({
    ...GOOD,
    HOST: '0.0.0.0',
    CONCLAVE_ALLOWED_HOSTS: 'a.example, B.example',
  });

  expect(open.allowPrivateEndpoints).toBe(false);
  expect(open.http.allowedHosts).toBeNull();
  expect(named.http.allowedHosts).toEqual(['a.example', 'b.example']);
});

test("Temporal's own variables are understood, its configuration file only when it is named", () => {
  const { temporal } = loadConfig({
    ...GOOD,
    TEMPORAL_ADDRESS: 'cloud.example:7233',
    TEMPORAL_NAMESPACE: 'prod',
    TEMPORAL_API_KEY: 'k',
  });

  expect(temporal.connection).toMatchObject({
    address: 'cloud.example:7233',
    apiKey: 'k',
    tls: true,
  });
  expect(temporal.namespace).toBe('prod');
});

test('an empty variable counts as unset', () => {
  expect(loadConfig({ ...GOOD, PORT: '', CONCLAVE_DEFAULT_MODEL: '' })).toMatchObject({
    http: { port: 3000 },
    defaultModel: null,
  });
});

test('a model is named by provider and model; the model may hold slashes', () => {
  expect(
    loadConfig({ ...GOOD, CONCLAVE_DEFAULT_MODEL: 'router/org/model-1' }).defaultModel,
  ).toEqual({
    provider: 'router',
    model: 'org/model-1',
  });
});

describe('encryption keys', () => {
  test('the first seals, all open', () => {
    const other = 'old:' + Buffer.alloc(32, 7).toString('base64');

    const ring = parseEncryptionKeys(`${KEY}, ${other}\n`);

    expect(ring.current).toBe('k20260102');
    expect([...ring.keys.keys()]).toEqual(['k20260102', 'old']);
    expect(ring.keys.get('old')).toEqual(Buffer.alloc(32, 7));
  });

  test.each([
    ['', 'entry 1'],
    ['k1:short', 'entry 1'],
    [`${KEY},${KEY}`, 'twice'],
  ])('%j is refused', (text, why) => {
    expect(() => parseEncryptionKeys(text)).toThrow(why);
  });

  test('without the variable they come from the state folder', () => {
    const home = tempFolder();
    writeFileSync(join(home, 'encryption-keys'), `${KEY}\n`);
    const { CONCLAVE_ENCRYPTION_KEYS: _unset, ...rest } = GOOD;

    expect(loadConfig({ ...rest, CONCLAVE_HOME: home }).encryptionKeys.current).toBe('k20260102');
  });
});

const tracing = (more: NodeJS.ProcessEnv): boolean => loadConfig({ ...GOOD, ...more }).tracing;

test('traces are sent where a receiver is named, unless they are switched off', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

  expect(tracing({})).toBe(false);
  expect(tracing(endpoint)).toBe(true);
  expect(tracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/v1' })).toBe(true);
  expect(tracing({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBe(false);
  expect(tracing({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBe(false);
});

test('a receiver that cannot be spoken to and a port that is none are problems', () => {
  const problems = problemsOf({
    ...GOOD,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://me:hush@x',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    CONCLAVE_METRICS_PORT: '0',
  });

  for (const name of [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'CONCLAVE_METRICS_PORT',
  ])
    expect(problems).toContain(`${name}: `);
  expect(problems).not.toContain('hush');
});
