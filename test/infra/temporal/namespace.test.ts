import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { expect, inject } from 'vitest';
import { temporalClient } from '../../../infra/temporal/connect.ts';
import { ensureNamespace } from '../../../infra/temporal/namespace.ts';
import { SearchAttribute } from '../../../workflows/contract/names.ts';
import { test } from '../../support/fixtures.ts';

const LIMIT_MS = 15_000;

/** Starts a workflow that no worker takes, with every search attribute. */
async function startOne(client: Client): Promise<string> {
  const values = Object.values(SearchAttribute).map((name) => ({
    key: defineSearchAttributeKey(name, 'KEYWORD'),
    value: 'x',
  }));
  const workflowId = randomUUID();
  await client.workflow.start('nobody', {
    workflowId,
    taskQueue: 'nobody',
    typedSearchAttributes: new TypedSearchAttributes(values),
  });
  return workflowId;
}

test('a namespace that was just made takes workflows with all search attributes at once', async ({
  temporal,
}) => {
  await expect(startOne(temporal.client)).resolves.toBeTypeOf('string');
});

test('two at once, and once more, change nothing', async () => {
  const connection = { address: inject('temporalAddress') };
  const config = { connection, namespace: `test-${randomUUID().slice(0, 8)}`, uiUrl: null };

  const ensure = () => ensureNamespace(config, AbortSignal.timeout(LIMIT_MS));
  await Promise.all([ensure(), ensure()]);
  await ensure();

  const client = temporalClient(config);
  await expect(startOne(client)).resolves.toBeTypeOf('string');
  await client.connection.close();
});

test('a server that is not there is told within the limit, with the cause', async () => {
  const nobody = { connection: { address: '127.0.0.1:1' }, namespace: 'default' };

  const attempt = ensureNamespace(nobody, AbortSignal.timeout(500));

  await expect(attempt).rejects.toThrow('Temporal did not answer in time');
});
