import type { ExecutionInput } from '../../contract/executions.schema.ts';

/** What paths are read from: the input of the whole, and the outputs of the children that have completed. */
export interface Known {
  readonly input: ExecutionInput;
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** The children whose output a path reads: one, or none. */
export function childOf(path: string): string | null {
  const [, where, name] = path.split('.');
  return where === 'children' ? (name ?? null) : null;
}

/** What stands at `$.input.…` or `$.children.<name>.output.…`; undefined where nothing does. Own fields only. */
export function readPath(path: string, { input, outputs }: Known): unknown {
  const child = childOf(path);
  const keys = path.split('.').slice(child === null ? 2 : 4);
  let value: unknown = child === null ? input : outputs.get(child);
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
