import type { StackFile } from './state-folder.ts';
import type { RoleState } from './role.ts';

interface RoleStatus {
  readonly name: string;
  readonly state: RoleState;
  readonly restarts: number;
}

/** Where everything is, for people. */
export function addresses(stack: StackFile): string {
  const lines = [
    ['API', `${stack.apiUrl}/v1 (reference: ${stack.apiUrl}/docs)`],
    ['API key', `in ${stack.apiKeyFile}`],
    ...(stack.temporalUiUrl === null ? [] : [['Temporal', stack.temporalUiUrl]]),
    ...(stack.postgresFolder === null ? [] : [['PostgreSQL', `data in ${stack.postgresFolder}`]]),
  ];
  return ['', ...lines.map(([name = '', where]) => `  ${name.padEnd(11)}${where}`), ''].join('\n');
}

/** One line about the roles: rewritten in place on a terminal, else printed whenever it changes. */
export function makeStatusLine(out: NodeJS.WriteStream) {
  let last = '';
  let isOn = false;
  const show = (roles: readonly RoleStatus[]): void => {
    const line = describe(roles);
    if (!isOn || line === last) return;
    last = line;
    out.write(out.isTTY ? `\r\u001B[2K${line}` : `${line}\n`);
  };
  return {
    show,
    begin(roles: readonly RoleStatus[]): void {
      isOn = true;
      show(roles);
    },
    end(): void {
      if (isOn && out.isTTY) out.write('\n');
      isOn = false;
    },
  };
}

function describe(roles: readonly RoleStatus[]): string {
  const troubled = roles.filter(({ state }) => state !== 'ready');
  if (troubled.length === 0)
    return `● ${roles.map(({ name }) => name).join(', ')} — Ctrl-C stops all`;
  const words = troubled.map(({ name, state, restarts }) =>
    state === 'waiting'
      ? `${name} died and comes back`
      : `${name} is ${state} (restart ${restarts})`,
  );
  return `○ ${words.join(', ')}`;
}
