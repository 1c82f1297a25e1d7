import type { Problem } from '../../workflows/contract/errors.ts';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { GatePlace, ResolvedGate } from '../../workflows/contract/gates.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import { findApprovers } from './find-approvers.ts';
import { misplaced } from './misplaced.ts';
import type { Scope } from './references.ts';

/** Gates as they are written in one place. */
export interface WrittenGates {
  /** Where they stand in the request: `gates`. */
  readonly path: string;
  readonly gates: readonly Gate[];
}

/** What gates are resolved against. */
interface Surroundings {
  /** Null: not known, so that places are not checked. */
  readonly plan: Plan | null;
  /** The input's; null: there is no input yet. */
  readonly options: readonly string[] | null;
}

/** Finds the people and checks the places of gates: as an execution keeps them, in their order. */
export async function resolveGates(
  scope: Scope,
  written: readonly WrittenGates[],
  { plan, options }: Surroundings,
  invalid: Problem[],
): Promise<ResolvedGate[]> {
  const gates = written.flatMap(({ path, gates: each }) =>
    each.map((gate, i) => ({ gate, path: `${path}.${i}` })),
  );
  const names = gates.flatMap(({ gate }) => [
    ...gate.approvers,
    ...gate.escalation.flatMap(({ to }) => to),
  ]);
  const approverOf = await findApprovers(scope, names);

  return gates.map(({ gate, path }): ResolvedGate => {
    const resolve = (to: readonly string[], at: string): string[] => [
      ...new Set(
        to.flatMap((name, i) => {
          const found = approverOf(name);
          if ('principal' in found) return found.principal;
          invalid.push({ path: `${path}.${at}.${i}`, message: found.problem });
          return [];
        }),
      ),
    ];
    const approvers = resolve(gate.approvers, 'approvers');
    const escalation = gate.escalation.map(({ to, afterSeconds }, i) => ({
      to: resolve(to, `escalation.${i}.to`),
      afterMs: afterSeconds * 1_000,
    }));
    const reachable = reach([approvers, ...escalation.map(({ to }) => to)].flat());
    if (gate.quorum > reachable) {
      const message = `Only ${reachable} of the ${gate.quorum} who must agree can be reached; name more people, or a role.`;
      invalid.push({ path: `${path}.quorum`, message });
    }
    if (gate.kind === 'choice' && gate.quorum > 1 && gate.deadlineSeconds === undefined)
      invalid.push({ path: `${path}.deadlineSeconds`, message: ENDLESS });
    // The schema lets nothing else by.
    const before = gate.before as GatePlace;
    const wrong = plan && misplaced(before, plan);
    if (wrong) invalid.push({ path: `${path}.before`, message: wrong });
    if (gate.kind === 'choice' && !gate.options && options?.length === 0)
      invalid.push({
        path: `${path}.options`,
        message: 'A choice needs options: give them here or in the input.',
      });
    return {
      before,
      kind: gate.kind,
      prompt: gate.prompt ?? null,
      approvers,
      quorum: gate.quorum,
      options: gate.kind === 'choice' ? (gate.options ?? options ?? []) : null,
      deadlineMs: gate.deadlineSeconds === undefined ? null : gate.deadlineSeconds * 1_000,
      onTimeout: gate.onTimeout,
      escalation,
    };
  });
}

const ENDLESS =
  'A choice with a quorum may end without one: give it a deadline, and say in onTimeout what happens then.';

/** How many people can be asked at most; who has a role changes from day to day. */
const reach = (principals: readonly string[]): number =>
  principals.some((each) => each.startsWith('role:')) ? Infinity : new Set(principals).size;
