import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { quietTemporal } from '../support/quiet.ts';
import { type Figure, tableOf } from './figures.ts';
import { type Ground, onGround } from './ground.ts';
import { measureFirstToken } from './measures/first-token.ts';
import { measureFlatness } from './measures/flatness.ts';
import { measureGate } from './measures/gate.ts';
import { measureLoad } from './measures/load.ts';
import { measureMemory } from './measures/memory.ts';
import { measureSequential } from './measures/sequential.ts';
import { measureTopologies } from './measures/topologies.ts';

const MEASURES: Readonly<Record<string, (ground: Ground, rounds: number) => Promise<Figure[]>>> = {
  'turns-21': (ground, rounds) => measureSequential(ground, rounds, 21),
  'turns-101': (ground, rounds) => measureSequential(ground, rounds, 101),
  load: measureLoad,
  'first-token': measureFirstToken,
  gate: measureGate,
  topologies: measureTopologies,
  memory: measureMemory,
  flatness: measureFlatness,
};

quietTemporal();
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(MEASURES).join(',') },
  },
});
const chosen = Object.entries(MEASURES).filter(([name]) => values.only.split(',').includes(name));

/** `npm run bench -- [--rounds 5] [--only load,memory]`: holds the engine against a bare workflow, on this machine. */
await onGround({}, async (ground) => {
  for (const contestant of [ground.engine, ground.bare, ground.bareOneProcess])
    await (await contestant.start(50)).handle.result(); // caches are warm, connections are open
  const figures: Figure[] = [];
  for (const [name, measure] of chosen) {
    console.log(`measuring ${name}`);
    const measured = await measure(ground, Number(values.rounds));
    figures.push(...measured);
    console.log(tableOf(measured));
  }
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  console.log(
    `\n${tableOf(figures)}\n\n${machine}, Node ${process.versions.node}, ${process.platform}`,
  );
});
