import type { Plan } from '../../../workflows/contract/plans.ts';
import type { TopologyType } from '../../../workflows/domain/enums.ts';
import { chainRules } from './chain-rules.ts';
import { compoundRules } from './compound-rules.ts';
import { crosscheckRules } from './crosscheck-rules.ts';
import { debateRules } from './debate-rules.ts';
import { delegationRules } from './delegation-rules.ts';
import { ensembleRules } from './ensemble-rules.ts';
import { pipelineRules } from './pipeline-rules.ts';
import type { TopologyRules } from './rules.ts';

/** The rules of each type. A new topology adds its line here. */
const RULES: Readonly<Record<TopologyType, TopologyRules<unknown, Plan>>> = {
  debate: debateRules,
  chain: chainRules,
  delegation: delegationRules,
  crosscheck: crosscheckRules,
  ensemble: ensembleRules,
  pipeline: pipelineRules,
  compound: compoundRules,
};

/** A type's rules, for whoever has a config that was checked against the same type. */
export const rulesOf = (type: TopologyType): TopologyRules<unknown, Plan> => RULES[type];
