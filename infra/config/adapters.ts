import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Environment } from './environment.ts';

const ENTRY = /^(?<name>[A-Za-z0-9_-]{1,64})=(?<path>.+)$/;

/** `CONCLAVE_ADAPTERS` as paths by name; adds to `problems` what is wrong with it. */
export function adaptersFrom(
  { CONCLAVE_ADAPTERS }: Environment,
  problems: string[],
): ReadonlyMap<string, string> {
  const adapters = new Map<string, string>();
  for (const entry of CONCLAVE_ADAPTERS?.split(',') ?? []) {
    const { name, path } = ENTRY.exec(entry.trim())?.groups ?? {};
    const file = path === undefined ? undefined : resolve(path);
    if (name === undefined || file === undefined)
      problems.push(`CONCLAVE_ADAPTERS: "${entry.trim()}" is not <name>=<path of a module>`);
    else if (adapters.has(name)) problems.push(`CONCLAVE_ADAPTERS: ${name} is there twice`);
    else if (!statSync(file, { throwIfNoEntry: false })?.isFile())
      problems.push(`CONCLAVE_ADAPTERS: ${name} has no file ${file}`);
    else adapters.set(name, file);
  }
  return adapters;
}
