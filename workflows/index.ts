/** The bundle's entry: one export per workflow type, and nothing else. */
export { soloAgent } from './agents/solo-agent.ts';
export { startScheduled } from './maintenance/start-scheduled.ts';
export { sweep } from './maintenance/sweep.ts';
export { chain } from './topologies/chain.ts';
export { compound } from './topologies/compound.ts';
export { crosscheck } from './topologies/crosscheck.ts';
export { debate } from './topologies/debate.ts';
export { delegation } from './topologies/delegation.ts';
export { ensemble } from './topologies/ensemble.ts';
export { pipeline } from './topologies/pipeline.ts';
