import { Client, type ClientInterceptors, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalConfig } from '../config/config.ts';
import { isLoopback } from '../config/environment.ts';

/** A client that connects with its first call, so that a process can start while Temporal is away. Close its `connection`. */
export function temporalClient(
  { connection, namespace }: TemporalConfig,
  interceptors: ClientInterceptors = {},
): Client {
  return new Client({ connection: Connection.lazy(connection), namespace, interceptors });
}

/** The connection that workers poll with. */
export function connectWorkers({ connection }: TemporalConfig): Promise<NativeConnection> {
  const host = connection.address.replace(/:\d+$/, '');
  return NativeConnection.connect({
    ...connection,
    // Packing bytes that never leave the machine costs more than it saves.
    ...(isLoopback(host) && { grpcCompression: { codec: 'none' } }),
  });
}
