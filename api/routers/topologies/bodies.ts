import { z } from 'zod';
import { AgentOverrides, Identifier, Semver } from '../../../workflows/contract/agents.schema.ts';
import { WrittenConfig } from '../../../workflows/contract/executions.schema.ts';
import { Gates } from '../../../workflows/contract/gates.schema.ts';
import { SavedMember } from '../../../workflows/contract/members.schema.ts';
import { TOPOLOGY_TYPES } from '../../../workflows/domain/enums.ts';
import { moment } from '../../http/wire.ts';

const fields = {
  name: Identifier,
  description: z.string().min(1).max(1_024),
  version: Semver,
  /** Stored complete. */
  config: WrittenConfig,
  /** Agents are written inline in starts only. */
  members: z.array(SavedMember).max(250),
  /** Where people decide. */
  gates: Gates,
};

export const NewTopology = z
  .strictObject({
    ...fields,
    type: z.enum(TOPOLOGY_TYPES),
    version: fields.version.default('1.0.0'),
    config: fields.config.default({}),
    gates: fields.gates.default([]),
    members: fields.members.default([]),
    shared: z.boolean().default(false).meta({ description: 'For all owners; takes an operator.' }),
  })
  .meta({ id: 'NewTopology' });

export const TopologyChange = z.strictObject(fields).partial().meta({ id: 'TopologyChange' });

export const TopologyView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    type: z.enum(TOPOLOGY_TYPES),
    version: z.string(),
    config: z.record(z.string(), z.unknown()),
    members: z.array(
      z.strictObject({
        slot: z.string(),
        position: z.int(),
        weight: z.number().nullable().meta({ description: 'Null: from reliability.' }),
        overrides: AgentOverrides,
        agent: z.strictObject({ id: z.uuid(), name: z.string() }).nullable(),
        template: z.string().nullable().meta({ description: 'name, or name@1.2.0' }),
      }),
    ),
    gates: z
      .array(z.record(z.string(), z.unknown()))
      .meta({ description: 'As they were written.' }),
    shared: z.boolean(),
    archivedAt: moment.nullable(),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Topology' });

export const Validation = z
  .strictObject({
    valid: z.boolean(),
    problems: z.array(z.strictObject({ path: z.string(), message: z.string() })),
    notices: z.array(z.string()),
  })
  .meta({ id: 'Validation' });
