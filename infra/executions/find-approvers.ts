import type { UserRole } from '../../workflows/domain/enums.ts';
import { covers } from '../../workflows/domain/roles.ts';
import type { Scope } from './references.ts';

/** Who is asked, as `user:<id>` or `role:<role>`, or why nobody can be asked under this name. */
type Approver = { readonly principal: string } | { readonly problem: string };

/** What `find_people` says of a user. */
interface Person {
  readonly name: string;
  readonly id: string;
  readonly roles: readonly UserRole[];
}

/** Finds the people that gates name; roles are taken as they are. */
export async function findApprovers(
  { em, ownerId }: Scope,
  written: readonly string[],
): Promise<(approver: string) => Approver> {
  const names = [...new Set(written.filter((each) => each.startsWith('user:')))].map(nameOf);
  const rows =
    names.length === 0
      ? []
      : await em.execute<Person[]>(
          'select name, id, roles from conclave.find_people(array(select jsonb_array_elements_text(?::jsonb)))',
          [JSON.stringify(names)],
        );
  const personOf = new Map(rows.map((row) => [row.name, row]));
  return (approver) => {
    if (approver === 'owner') return { principal: `user:${ownerId}` };
    if (approver.startsWith('role:')) return { principal: approver };
    const name = nameOf(approver);
    const person = personOf.get(name);
    if (!person) return { problem: `There is no active user "${name}"; give a user's name or id.` };
    if (!covers(person.roles, 'approve'))
      return {
        problem: `The user "${name}" may only look; name somebody who may decide, or have an admin give them the role approver.`,
      };
    return { principal: `user:${person.id}` };
  };
}

const nameOf = (approver: string): string => approver.slice('user:'.length);
