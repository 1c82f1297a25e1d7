import type { GatePlace } from '../../workflows/contract/gates.ts';
import type { Plan } from '../../workflows/contract/plans.ts';
import { extentOf } from '../../workflows/domain/extent.ts';

/** What is wrong with a gate's place in this plan; null: the execution comes by there, or may. */
export function misplaced(before: GatePlace, plan: Plan): string | null {
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
