import { pathToFileURL } from 'node:url';
import type { Adapter, Connection } from './adapter.ts';

/** A module of the operator's cannot be used; the message says why, in words for the owner of a provider. */
export class AdapterUnusable extends Error {}

/**
 * The adapter in a module that the operator's configuration names. Its default export takes the connection and returns,
 * for the name of a model, a language model of the `ai` package: what the packages of other providers are, too.
 */
export async function loadCustom(path: string, connection: Connection): Promise<Adapter> {
  const model = await made(path, connection);
  if (typeof model !== 'function')
    throw new AdapterUnusable(
      'its module must export by default a function that returns the function from names to models',
    );
  return { model: model as Adapter['model'] };
}

async function made(path: string, connection: Connection): Promise<unknown> {
  try {
    const { default: make } = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return typeof make === 'function' ? (make(connection) as unknown) : undefined;
  } catch (error) {
    // Not the message: it may name files of the operator's.
    const kind = error instanceof Error ? error.name : 'no Error';
    throw new AdapterUnusable(`its module cannot be loaded (${kind}); the operator should try it`);
  }
}
