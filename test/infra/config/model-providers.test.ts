import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../infra/config/config.ts';
import { newEncryptionKey } from '../../../infra/config/encryption-keys.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const GOOD = {
  DATABASE_URL: 'postgres://postgres:secret@db.example:5432/conclave',
  CONCLAVE_ENCRYPTION_KEYS: newEncryptionKey(),
};
const load = (env: NodeJS.ProcessEnv) => loadConfig({ ...GOOD, ...env });

describe('providers of the environment', () => {
  test('are those whose key is set, in the order in which a default is looked for', () => {
    const { environmentProviders } = load({
      HF_TOKEN: 'hf_1',
      OPENROUTER_API_KEY: 'sk-or-1',
      GOOGLE_GENERATIVE_AI_API_KEY: 'g-1',
      OPENAI_API_KEY: ' sk-1\n',
      ANTHROPIC_API_KEY: 'sk-ant-1',
      OLLAMA_HOST: '127.0.0.1:11434',
    });

    expect(environmentProviders.map(({ name, apiKey }) => [name, apiKey])).toEqual([
      ['anthropic', 'sk-ant-1'],
      ['openai', 'sk-1'],
      ['google', 'g-1'],
      ['openrouter', 'sk-or-1'],
      ['huggingface', 'hf_1'],
      ['ollama', undefined],
    ]);
    expect(environmentProviders[0]?.endpoint).toBe('https://api.anthropic.com/v1');
  });

  test('are none without keys; an address alone makes none', () => {
    expect(load({}).environmentProviders).toEqual([]);
    expect(
      load({ OPENAI_BASE_URL: 'https://proxy.example/v1', OPENAI_API_KEY: '' })
        .environmentProviders,
    ).toEqual([]);
  });

  test('may have addresses of their own, without a key in them', () => {
    const { environmentProviders } = load({
      OPENAI_API_KEY: 'sk-1',
      OPENAI_BASE_URL: 'http://proxy.example:8080/v1',
    });

    expect(environmentProviders[0]?.endpoint).toBe('http://proxy.example:8080/v1');
    expect(() => load({ OPENAI_BASE_URL: 'https://me:sk-1@proxy.example/v1' })).toThrow(
      'OPENAI_BASE_URL: give the key in its own variable',
    );
    expect(() => load({ ANTHROPIC_BASE_URL: 'ftp://x' })).toThrow('ANTHROPIC_BASE_URL: ');
  });

  test.each([
    ['127.0.0.1:11434', 'http://127.0.0.1:11434/'],
    ['0.0.0.0', 'http://127.0.0.1:11434/'],
    [':8080', 'http://127.0.0.1:8080/'],
    ['gpu-box', 'http://gpu-box:11434/'],
    ['https://ollama.example', 'https://ollama.example/'],
    ['http://gpu-box:9000/', 'http://gpu-box:9000/'],
  ])('OLLAMA_HOST=%s is %s', (host, endpoint) => {
    expect(load({ OLLAMA_HOST: host }).environmentProviders).toEqual([
      { name: 'ollama', providerType: 'ollama', endpoint, apiKey: undefined },
    ]);
  });
});

describe('adapters', () => {
  test('are modules by name', () => {
    const [first, second] = ['a.ts', 'b.mjs'].map((name) => join(tempFolder(), name));
    for (const file of [first!, second!]) writeFileSync(file, '');

    const { adapters } = load({ CONCLAVE_ADAPTERS: `acme=${first}, other=${second}` });

    expect([...adapters]).toEqual([
      ['acme', first],
      ['other', second],
    ]);
    expect(load({}).adapters.size).toBe(0);
  });

  test('that cannot be are told all at once', () => {
    const file = join(tempFolder(), 'a.ts');
    writeFileSync(file, '');
    const env = { CONCLAVE_ADAPTERS: `acme=${file},acme=${file},gone=/nowhere/x.ts,${file}` };

    expect(() => load(env)).toThrow('CONCLAVE_ADAPTERS: acme is there twice');
    expect(() => load(env)).toThrow('CONCLAVE_ADAPTERS: gone has no file /nowhere/x.ts');
    expect(() => load(env)).toThrow('is not <name>=<path of a module>');
  });
});
