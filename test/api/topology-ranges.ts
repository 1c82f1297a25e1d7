import type { TOPOLOGY_CONFIGS } from '../../workflows/contract/topologies.schema.ts';
import {
  AGGREGATION_METHODS,
  COMPOSITION_TYPES,
  CONSENSUS_METHODS,
  ROUTING_STRATEGIES,
} from '../../workflows/domain/enums.ts';

export type Config = Readonly<Record<string, unknown>>;
type Configs = typeof TOPOLOGY_CONFIGS;

/** What a field of a configuration takes and what it refuses. Of a range: both ends, and what is just beyond them. */
export interface Range {
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
  /** What else the configuration has, so that only this field can be wrong. */
  readonly beside?: (value: unknown) => Config;
}

/** Names of agents and of a topology that must be there: the shortest, the longest, and one for each child. */
export const NAMED = ['m', 'm'.repeat(64)];
export const SAVED = texts(20, 'saved');

const method: Range = words(CONSENSUS_METHODS);
/** Null, or a name of 1 to 64 characters. */
const nameOrNull: Range = { accepted: [null, ...NAMED], refused: ['', 'm'.repeat(65)] };
const share: Range = ends(-0.001, 0, 1, 1.001);
/** The child that is taken where no condition holds: the shortest name, and the longest. */
const DEFAULTS = ['b', 'b'.repeat(60)];
const flag: Range = { accepted: [true, false], refused: ['true', 1, null] };
/** The largest integer that a number holds exactly, where there is no end; and the next. */
const ENDLESS = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1] as const;

/** Every field of every configuration, by type. */
export const RANGES: { readonly [Type in keyof Configs]: Record<Fields<Type>, Range> } = {
  debate: {
    maxRounds: ends(0, 1, 10, 11),
    consensusMethod: method,
    convergenceThreshold: share,
    allowEarlyTermination: flag,
    mediatorAgentName: nameOrNull,
  },
  chain: {
    authorityLevels: listOfNames(1, 8),
    escalationThreshold: share,
    maxDelegationDepth: ends(0, 1, ...ENDLESS),
  },
  delegation: {
    routingStrategy: words(ROUTING_STRATEGIES),
    loadBalance: flag,
    fallbackAgentName: nameOrNull,
  },
  crosscheck: {
    numCheckers: ends(1, 2, 10, 11),
    consensusMethod: method,
    requireUnanimousForApproval: flag,
    // None is the lower end. No more than there are checkers; of 1 to 255 characters.
    checkerSpecializations: {
      accepted: [[], texts(10), ['x'], ['x'.repeat(255)]],
      refused: [texts(11), [''], ['x'.repeat(256)]],
      beside: () => ({ numCheckers: 10 }),
    },
    maxRevisions: ends(-1, 0, 5, 6),
  },
  ensemble: {
    aggregationMethod: words(AGGREGATION_METHODS),
    diversityWeight: share,
    failureThreshold: share,
  },
  pipeline: {
    stages: listOfNames(1, 50),
    checkpointAfter: {
      accepted: [[], texts(50)],
      refused: [texts(51), ['elsewhere']],
      beside: () => ({ stages: texts(50) }),
    },
    retryFailedStages: flag,
    maxStageRetries: ends(-1, 0, 1_000, 1_001),
  },
  compound: {
    compositionType: {
      ...words(COMPOSITION_TYPES),
      beside: (type) => ({ children: type === 'conditional' ? [branch('a')] : children(1) }),
    },
    // None is the lower end, beside children.
    subTopologies: {
      accepted: [[], SAVED.slice(0, 1), SAVED],
      refused: [[...SAVED, 'one_more'], ['1st']],
      beside: (names) => ((names as string[]).length === 0 ? { children: children(1) } : {}),
    },
    children: ends([], children(1), children(20), children(21)),
    default: {
      accepted: [null, ...DEFAULTS],
      refused: ['', 'b'.repeat(61), 'elsewhere'],
      beside: (name) => ({
        compositionType: 'conditional',
        children: [branch('a'), ...DEFAULTS.filter((each) => each === name).map(child)],
      }),
    },
    aggregationMethod: {
      accepted: [null, ...AGGREGATION_METHODS],
      refused: ['guess', ''],
      beside: () => ({ compositionType: 'parallel', children: children(1) }),
    },
  },
};

type Fields<Type extends keyof Configs> = keyof Configs[Type]['shape'];

function ends(below: unknown, lowest: unknown, highest: unknown, above: unknown): Range {
  return { accepted: [lowest, highest], refused: [below, above] };
}

function words(list: readonly string[]): Range {
  return { accepted: list, refused: ['', `${list[0]}s`, list[0]!.toUpperCase(), null] };
}

/** Names that differ, of 1 to 60 characters, the first a letter. */
function listOfNames(fewest: number, most: number): Range {
  return {
    accepted: [texts(fewest), texts(most), ['n'.repeat(60)]],
    refused: [texts(fewest - 1), texts(most + 1), ['n'.repeat(61)], ['1st'], [''], ['n', 'n']],
  };
}

function texts(n: number, of = 'name'): string[] {
  return Array.from({ length: n }, (_, i) => `${of}_${i + 1}`);
}

function child(name: string) {
  const members = [{ slot: 'member_1', agent: { name: 'ada' } }];
  return { name, topology: { type: 'ensemble', config: { aggregationMethod: 'vote' }, members } };
}

function branch(name: string) {
  return { ...child(name), when: { path: '$.input.artifact', op: 'exists' } };
}

function children(n: number) {
  return texts(n, 'child').map((name) => child(name));
}
