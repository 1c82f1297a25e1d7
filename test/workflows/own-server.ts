import { SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporal, temporalSources } from '../../infra/stack/find-temporal.ts';
import { SearchAttribute } from '../../workflows/contract/names.ts';

/** A Temporal server of its own, in memory. It suggests to continue as new at `suggestAt` events. */
export async function startOwnServer(suggestAt = 4_096): Promise<TestWorkflowEnvironment> {
  const path = await findTemporal(temporalSources(process.env, console.log));
  const suggestion = `limit.historyCount.suggestContinueAsNew=${suggestAt}`;
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      extraArgs: ['--dynamic-config-value', suggestion],
      searchAttributes: Object.values(SearchAttribute).map((name) =>
        defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      ),
    },
  });
}

/** Fewer events than the first round of a debate makes. */
export const AFTER_EVERY_ROUND = 15;
