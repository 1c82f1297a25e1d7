import { changeCheck } from './change-check.ts';
import { designReview } from './design-review.ts';
import { documentPipeline } from './document-pipeline.ts';
import { hiringPanel } from './hiring-panel.ts';
import { incidentTriage } from './incident-triage.ts';
import { launchPlan } from './launch-plan.ts';
import { researchWithFactCheck } from './research-with-fact-check.ts';
import type { Sample } from './sample.ts';

/** What `npm start` installs: at least one sample of each way in which agents can work together. */
export const SAMPLES: readonly Sample[] = [
  designReview,
  incidentTriage,
  launchPlan,
  changeCheck,
  hiringPanel,
  documentPipeline,
  researchWithFactCheck,
];
