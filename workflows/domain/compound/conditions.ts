import type { Condition } from '../../contract/compound.schema.ts';
import { type Known, readPath } from './paths.ts';

/**
 * Whether a condition holds. Nothing is converted: a text is never equal to a number. Where nothing stands at the path
 * (or null does), `exists: false` holds, `ne` holds against any value but null, `eq` against null, and nothing else.
 */
export function holds(condition: Condition, known: Known): boolean {
  const found = readPath(condition.path, known) ?? null;
  switch (condition.op) {
    case 'eq':
      return found === condition.value;
    case 'ne':
      return found !== condition.value;
    case 'gt':
      return typeof found === 'number' && found > condition.value;
    case 'gte':
      return typeof found === 'number' && found >= condition.value;
    case 'lt':
      return typeof found === 'number' && found < condition.value;
    case 'lte':
      return typeof found === 'number' && found <= condition.value;
    case 'in':
      return condition.value.some((value) => value === found);
    case 'contains':
      return contains(found, condition.value);
    case 'exists':
      return (found !== null) === condition.value;
  }
}

/** A text holds a text, a list holds one of its members. */
function contains(found: unknown, value: string | number | boolean): boolean {
  if (typeof found === 'string') return typeof value === 'string' && found.includes(value);
  return Array.isArray(found) && found.includes(value);
}
