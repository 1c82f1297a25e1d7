import { describe, expect, test } from 'vitest';
import { EndpointRefused, assertEndpointAllowed } from '../../../infra/llm/endpoint.ts';

describe('without private endpoints', () => {
  test.each([
    'http://127.0.0.1:8080/v1',
    'http://localhost/v1',
    'http://2130706433/v1',
    'http://0x7f.1/v1',
    'http://0.0.0.0/v1',
    'https://10.1.2.3/v1',
    'https://100.64.0.1/v1',
    'https://172.16.0.1/v1',
    'https://172.31.255.255/v1',
    'https://192.168.1.1/v1',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/v1',
    'http://[::]/v1',
    'http://[fe80::1]/v1',
    'http://[fd00:ec2::254]/v1',
    'http://[::ffff:127.0.0.1]/v1',
    'http://[::ffff:a00:1]/v1',
    'http://[64:ff9b::7f00:1]/v1',
    'http://[2002:7f00:1::]/v1',
    'http://[ff02::1]/v1',
  ])('%s is refused', async (url) => {
    await expect(assertEndpointAllowed(url, false)).rejects.toThrow('private network');
  });

  test.each([
    'https://8.8.8.8/v1',
    'https://172.15.255.255/v1',
    'https://172.32.0.0/v1',
    'https://[2606:4700:4700::1111]/v1',
  ])('%s is allowed', async (url) => {
    await expect(assertEndpointAllowed(url, false)).resolves.toBeUndefined();
  });

  test('a name that cannot be resolved is refused for now, in the field’s name', async () => {
    const refusal: unknown = await assertEndpointAllowed(
      'https://no-such-host.invalid/v1',
      false,
    ).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(EndpointRefused);
    expect(refusal).toMatchObject({
      code: 'invalid_request',
      retryable: true,
      problems: [
        {
          path: 'apiEndpoint',
          message: 'The host no-such-host.invalid cannot be resolved: check its name.',
        },
      ],
    });
  });
});

test.each([true, false])(
  'what is no http address is refused (private allowed: %s)',
  async (allow) => {
    for (const url of ['ftp://example.com', 'file:///etc/passwd', 'example.com', ''])
      await expect(assertEndpointAllowed(url, allow)).rejects.toThrow('http or https');
    await expect(assertEndpointAllowed('https://me:secret@example.com/v1', allow)).rejects.toThrow(
      'in credentials',
    );
  },
);

test('private addresses may be allowed', async () => {
  await expect(assertEndpointAllowed('http://127.0.0.1:11434/v1', true)).resolves.toBeUndefined();
});
