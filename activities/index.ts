import { makeAskPerson } from './ask-person.ts';
import { makeAttendInteraction } from './attend-interaction.ts';
import { withFailures } from './failures.ts';
import { makeChooseBranch } from './choose-branch.ts';
import { makeCloseExecution } from './close-execution.ts';
import { makeGroupPositions } from './group-positions.ts';
import { makeOpenChild } from './open-child.ts';
import { makeOpenInteraction } from './open-interaction.ts';
import { makePlaceAnswer } from './place-answer.ts';
import { makePlaceInterjections } from './place-interjections.ts';
import type { InferenceDeps, OrchestrationDeps } from './ports/deps.ts';
import { makePostResults } from './post-results.ts';
import { makePrepareExecution } from './prepare-execution.ts';
import { makeRecordPause } from './record-pause.ts';
import { makeRecordTurnFailure } from './record-turn-failure.ts';
import { makeRouteItems } from './route-items.ts';
import { makeStartScheduled } from './start-scheduled.ts';
import { makeSweep } from './sweep.ts';
import { makeTakeTurn } from './take-turn.ts';
import { makeWithdrawQuestion } from './withdraw-question.ts';

/** Activities of the queue `inference`: model calls over HTTP. The keys are the names on the wire: never rename one in flight. */
export const inferenceActivities = (deps: InferenceDeps) =>
  withFailures({ takeTurn: makeTakeTurn(deps) });

/** Activities of the queue `orchestration`: quick work in the database. */
export const orchestrationActivities = (deps: OrchestrationDeps) =>
  withFailures({
    prepareExecution: makePrepareExecution(deps),
    closeExecution: makeCloseExecution(deps),
    groupPositions: makeGroupPositions(deps),
    placeInterjections: makePlaceInterjections(deps),
    openChild: makeOpenChild(deps),
    chooseBranch: makeChooseBranch(deps),
    postResults: makePostResults(deps),
    recordTurnFailure: makeRecordTurnFailure(deps),
    openInteraction: makeOpenInteraction(deps),
    askPerson: makeAskPerson(deps),
    withdrawQuestion: makeWithdrawQuestion(deps),
    attendInteraction: makeAttendInteraction(deps),
    placeAnswer: makePlaceAnswer(deps),
    recordPause: makeRecordPause(deps),
    routeItems: makeRouteItems(deps),
    startScheduled: makeStartScheduled(deps),
    sweep: makeSweep(deps),
  });

export type Activities = ReturnType<typeof inferenceActivities> &
  ReturnType<typeof orchestrationActivities>;
