import { randomBytes } from 'node:crypto';

/** Texts that occur nowhere else, one for each name. */
export interface Canaries {
  readonly make: (name: string) => string;
  /** One that was made elsewhere. */
  readonly add: (canary: string) => void;
  readonly all: ReadonlySet<string>;
}

/** Secrets look like keys; texts have words, as sentences do. */
export function makeCanaries(kind: 'secret' | 'text'): Canaries {
  const made = new Map<string, string>();
  const all = new Set<string>();
  return {
    all,
    add: (canary) => void all.add(canary),
    make(name) {
      const chance = randomBytes(6).toString('hex');
      const canary =
        made.get(name) ??
        (kind === 'secret'
          ? `${name}-${chance}`
          : `the ${name.replaceAll('-', ' ')} says ${chance}`);
      made.set(name, canary);
      all.add(canary);
      return canary;
    },
  };
}
