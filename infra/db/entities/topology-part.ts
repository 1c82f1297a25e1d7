import { defineEntity, p } from '@mikro-orm/core';
import { bag, id, list } from '../columns.ts';

const TopologyPartSchema = defineEntity({
  name: 'TopologyPart',
  properties: {
    id,
    ownerId: p.uuid().nullable(),
    topologyId: p.uuid(),
    childId: p.uuid(),
    /** The part's name in the whole. */
    alias: p.text().check("alias ~ '^[A-Za-z][A-Za-z0-9_-]{0,63}$'"),
    position: p.integer().default(0).check('position >= 0'),
    /** Field of the part's input → where it comes from; empty: the input of the whole. */
    inputMapping: bag<Record<string, string>>(),
    /** When the part takes place (`{path, op, value}`); null: always. */
    condition: p.json<Record<string, unknown>>().nullable(),
    /** Added to the gates of the part's own topology. */
    gates: list(),
  },
  checks: [{ name: 'topology_part_child_check', expression: 'child_id <> topology_id' }],
  uniques: [{ properties: ['topologyId', 'alias'] }],
  indexes: [
    { properties: ['topologyId', 'position'] },
    { properties: ['ownerId'] },
    { properties: ['childId'] },
  ],
});

/** A topology that is a part of a compound one. */
export class TopologyPart extends TopologyPartSchema.class {}
TopologyPartSchema.setClass(TopologyPart);
