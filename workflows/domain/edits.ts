/** Something that is wrong with edited content, and where. */
export interface EditProblem {
  readonly path: readonly string[];
  readonly message: string;
}

type Bag = Readonly<Record<string, unknown>>;

/**
 * What is wrong with content that a person edited: it keeps the shape of what was shown, and differs only where an edit
 * has a meaning. Before the completion that is everywhere, before the first turn in the input, elsewhere in what was
 * said. Who gets the items of the input is settled at the start: what they require can be changed before that only.
 */
export const editProblems = (gate: string, shown: Bag, edited: Bag): EditProblem[] =>
  compare(shown, edited, [], (path) => {
    if (gate === 'completion') return true;
    if ('seats' in shown)
      return path[0] === 'input' && (gate === 'start' || !path.includes('requiredCapabilities'));
    return path.at(-1) === 'text' && (path[0] === 'positions' || path[0] === 'previous');
  });

function compare(
  shown: unknown,
  edited: unknown,
  path: readonly string[],
  mayDiffer: (path: readonly string[]) => boolean,
): EditProblem[] {
  if (isBranch(shown) && isBranch(edited)) {
    if (Array.isArray(shown) !== Array.isArray(edited)) return [{ path, message: SHAPE }];
    const keys = [...new Set([...Object.keys(shown), ...Object.keys(edited)])];
    return keys.flatMap((key) =>
      Object.hasOwn(shown, key) && Object.hasOwn(edited, key)
        ? compare(shown[key], edited[key], [...path, key], mayDiffer)
        : [{ path: [...path, key], message: SHAPE }],
    );
  }
  if (isBranch(shown) || isBranch(edited)) return [{ path, message: SHAPE }];
  if (shown === edited) return [];
  if (!mayDiffer(path)) return [{ path, message: 'cannot be changed here' }];
  const isAlike = typeof shown === typeof edited || shown === null || edited === null;
  return isAlike ? [] : [{ path, message: SHAPE }];
}

const SHAPE = 'does not have the shape of what was shown';

const isBranch = (value: unknown): value is Bag => typeof value === 'object' && value !== null;
