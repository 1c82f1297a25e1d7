import type { EntityManager } from '@mikro-orm/postgresql';
import type { Problem } from '../../workflows/contract/errors.ts';
import type { Gate } from '../../workflows/contract/gates.schema.ts';
import type { GatePlace, ResolvedGate } from '../../workflows/contract/gates.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import { extentOf } from '../../workflows/domain/extent.ts';
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
  { em, ownerId }: Scope,
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
  const principalOf = await findPrincipals(em, ownerId, names);

  return gates.map(({ gate, path }): ResolvedGate => {
    const resolve = (to: readonly string[], at: string): string[] => [
      ...new Set(
        to.flatMap((name, i) => {
          const principal = principalOf(name);
          if (principal !== undefined) return principal;
          invalid.push({ path: `${path}.${at}.${i}`, message: unknownPerson(name) });
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

/** Users by name or id, as `user:<id>`; roles as they are. */
async function findPrincipals(
  em: EntityManager,
  ownerId: string,
  written: readonly string[],
): Promise<(name: string) => string | undefined> {
  const names = [...new Set(written.filter((each) => each.startsWith('user:')))].map(nameOf);
  const rows =
    names.length === 0
      ? []
      : await em.execute<{ name: string; id: string }[]>(
          'select name, id from conclave.find_people(array(select jsonb_array_elements_text(?::jsonb)))',
          [JSON.stringify(names)],
        );
  const idOf = new Map(rows.map(({ name, id }) => [name, id]));
  return (each) => {
    if (each === 'owner') return `user:${ownerId}`;
    if (each.startsWith('role:')) return each;
    const id = idOf.get(nameOf(each));
    return id === undefined ? undefined : `user:${id}`;
  };
}

const nameOf = (approver: string): string => approver.slice('user:'.length);

const unknownPerson = (approver: string): string =>
  `There is no active user "${nameOf(approver)}"; give a user's name or id.`;

/** How many people can be asked at most; who has a role changes from day to day. */
const reach = (principals: readonly string[]): number =>
  principals.some((each) => each.startsWith('role:')) ? Infinity : new Set(principals).size;

/** What is wrong with a gate's place in this plan; null: the execution comes by there, or may. */
function misplaced(before: GatePlace, plan: Plan): string | null {
  const [kind, name = ''] = before.split(/:(.*)/s);
  if (kind === 'round') {
    const { step, most } = extentOf(plan);
    if (step !== 'round') return 'There are no rounds here; use start or completion.';
    return Number(name) > most ? `There are at most ${most} rounds.` : null;
  }
  if (kind !== 'stage') return null;
  const stages = stagesOf(plan);
  return stages.includes(name)
    ? null
    : stages.length === 0
      ? 'Only a pipeline has stages.'
      : `The stages are ${stages.join(', ')}.`;
}

function stagesOf({ config }: Plan): readonly string[] {
  const stages: unknown = 'stages' in config ? config['stages'] : [];
  return Array.isArray(stages) ? stages.map(String) : [];
}
