import {
  SearchAttributeType,
  TypedSearchAttributes,
  defineSearchAttributeKey,
} from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ExecutionRequest } from '../contract/executions.ts';
import { type ExecutionWorkflow, SearchAttribute } from '../contract/names.ts';
import type { ExecutionState } from '../domain/enums.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

const OWNER = keyword(SearchAttribute.owner);
const TOPOLOGY = keyword(SearchAttribute.topology);
const STATE = keyword(SearchAttribute.state);
const PROJECT = keyword(SearchAttribute.project);

/** Lets an execution be found in Temporal by owner, type and state. */
export function showState(
  state: ExecutionState,
  { ownerId }: ExecutionRequest,
  type: ExecutionWorkflow,
): void {
  upsertSearchAttributes([
    { key: OWNER, value: ownerId },
    { key: TOPOLOGY, value: type },
    { key: STATE, value: state },
  ]);
}

/** Shows in Temporal that an execution stands still, as long as there is a reason for it. */
export interface Standstill {
  set(reason: string, isGiven: boolean): void;
}

export function makeStandstill(request: ExecutionRequest, type: ExecutionWorkflow): Standstill {
  const reasons = new Set<string>();
  return {
    set(reason, isGiven) {
      const before = reasons.size > 0;
      if (isGiven) reasons.add(reason);
      else reasons.delete(reason);
      const isStill = reasons.size > 0;
      if (isStill !== before) showState(isStill ? 'paused' : 'running', request, type);
    },
  };
}

/** What a child is found by before it runs: its parent's project goes with it. */
export function childAttributes(ownerId: string, type: ExecutionWorkflow): TypedSearchAttributes {
  const project = workflowInfo().typedSearchAttributes.get(PROJECT);
  return new TypedSearchAttributes([
    { key: OWNER, value: ownerId },
    { key: TOPOLOGY, value: type },
    { key: STATE, value: 'queued' },
    ...(project === undefined ? [] : [{ key: PROJECT, value: project }]),
  ]);
}
