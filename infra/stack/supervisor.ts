import type { RunningRole } from './state-folder.ts';
import { type Role, type RoleState, TIMINGS, type Timings } from './role.ts';
import { SupervisedRole } from './supervised-role.ts';

/** Keeps the processes of a stack alive, and ends them in the reverse order of their start. */
export interface Supervisor {
  /** Starts roles side by side; returns when all are ready. Those of a later call end before those of an earlier one. */
  start(roles: readonly Role[]): Promise<void>;
  stop(): Promise<void>;
  running(): RunningRole[];
  states(): { readonly name: string; readonly state: RoleState; readonly restarts: number }[];
}

/** `onChange` is called whenever a role begins, is ready, dies or ends. */
export function makeSupervisor(onChange: () => void, timings: Timings = TIMINGS): Supervisor {
  const stages: SupervisedRole[][] = [];
  let isStopping = false;
  const all = (): SupervisedRole[] => stages.flat();
  return {
    async start(roles) {
      if (isStopping) throw new Error('the stack is being stopped');
      const stage = roles.map((role) => new SupervisedRole(role, timings, onChange));
      stages.push(stage);
      const starts = await Promise.allSettled(stage.map((each) => each.start()));
      for (const start of starts) if (start.status === 'rejected') throw start.reason;
    },
    async stop() {
      isStopping = true;
      for (const stage of stages.toReversed()) await Promise.all(stage.map((each) => each.stop()));
    },
    running: () =>
      all()
        .filter(({ state }) => state !== 'stopped')
        .map(({ pid = null, role: { name, logFile, mark } }) => ({
          role: name,
          pid,
          log: logFile,
          mark,
        })),
    states: () => all().map(({ role, state, restarts }) => ({ name: role.name, state, restarts })),
  };
}
