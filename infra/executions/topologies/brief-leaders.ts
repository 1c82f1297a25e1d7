import type { Seat } from '../../../workflows/contract/definition.ts';

/** A seat whose agent is told who is below it, and what each is good for. */
export function withTeam(seat: Seat, heading: string, team: readonly Seat[]): Seat {
  const lines = team.map(({ slot, agent }) => {
    const can = agent.capabilities.filter(({ enabled }) => enabled).map(({ name }) => name);
    const about = agent.description === '' ? '' : ` ${agent.description}`;
    return `- ${slot}: ${agent.name}, ${agent.role}.${about}${can.length > 0 ? ` Can: ${can.join(', ')}.` : ''}`;
  });
  const brief = `${heading}\n${lines.join('\n')}`;
  const description = [seat.agent.description, brief].filter(Boolean).join('\n\n');
  return { ...seat, agent: { ...seat.agent, description } };
}
