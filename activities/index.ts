import { withFailures } from './failures.ts';
import { makeChooseBranch } from './choose-branch.ts';
import { makeCloseExecution } from './close-execution.ts';
import { makeGroupPositions } from './group-positions.ts';
import { makeOpenChild } from './open-child.ts';
import type { InferenceDeps, OrchestrationDeps } from './ports.ts';
import { makePostResults } from './post-results.ts';
import { makePrepareExecution } from './prepare-execution.ts';
import { makeRecordTurnFailure } from './record-turn-failure.ts';
import { makeRouteItems } from './route-items.ts';
import { makeSweep } from './sweep.ts';
import { makeTakeTurn } from './take-turn.ts';

/** Activities of the queue `inference`: model calls over HTTP. The keys are the names on the wire: never rename one in flight. */
export const inferenceActivities = (deps: InferenceDeps) =>
  withFailures({ takeTurn: makeTakeTurn(deps) });

/** Activities of the queue `orchestration`: quick work in the database. */
export const orchestrationActivities = (deps: OrchestrationDeps) =>
  withFailures({
    prepareExecution: makePrepareExecution(deps),
    closeExecution: makeCloseExecution(deps),
    groupPositions: makeGroupPositions(deps),
    openChild: makeOpenChild(deps),
    chooseBranch: makeChooseBranch(deps),
    postResults: makePostResults(deps),
    recordTurnFailure: makeRecordTurnFailure(deps),
    routeItems: makeRouteItems(deps),
    sweep: makeSweep(deps),
  });

export type Activities = ReturnType<typeof inferenceActivities> &
  ReturnType<typeof orchestrationActivities>;
