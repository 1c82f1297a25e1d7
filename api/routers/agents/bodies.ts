import { z } from 'zod';
import { CapabilityGrant } from '../../../infra/agents/capabilities.ts';
import { AgentOverrides, Semver } from '../../../workflows/contract/agents.schema.ts';
import {
  AGENT_ROLES,
  AGENT_STATE_DETAILS,
  AGENT_STATUSES,
  AGENT_TYPES,
} from '../../../workflows/domain/enums.ts';
import { moment } from '../../http/wire.ts';

/** Overrides of the template's AgentConfig; capabilities have a field of their own. */
const Configuration = AgentOverrides.omit({ capabilities: true });
const fields = {
  name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^\S(.*\S)?$/s, 'begins and ends without a space'),
  description: z.string().max(1_024).nullable(),
  personality: z.string().min(1).max(10_000).nullable(),
  configuration: Configuration,
  capabilities: z.array(CapabilityGrant).max(100),
};

export const NewAgent = z
  .strictObject({
    ...fields,
    description: fields.description.default(null),
    personality: fields.personality.default(null),
    configuration: fields.configuration.default({}),
    capabilities: fields.capabilities.default([]),
    template: z.string().min(1).max(200).optional().meta({
      description: 'Name, `name@1.2.0` or id; without it the agent gets a template of its own.',
    }),
    version: Semver.optional().meta({ description: 'Without it the newest published one.' }),
    project: z.string().min(1).max(255).optional().meta({
      description: 'Name or id; without it the project `default`.',
    }),
    type: z.enum(AGENT_TYPES).optional(),
    role: z.enum(AGENT_ROLES).optional(),
  })
  .refine(({ template, version }) => version === undefined || template !== undefined, {
    path: ['version'],
    message: 'is a version of a template; name the template too',
  })
  .meta({ id: 'NewAgent' });
export type NewAgent = z.infer<typeof NewAgent>;

/** `capabilities` and `configuration` replace what was there. */
export const AgentChange = z.strictObject(fields).partial().meta({ id: 'AgentChange' });

const Named = z.strictObject({ id: z.uuid(), name: z.string() });
export const AgentView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    type: z.enum(AGENT_TYPES),
    role: z.enum(AGENT_ROLES),
    status: z.enum(AGENT_STATUSES),
    stateDetail: z.enum(AGENT_STATE_DETAILS),
    project: Named,
    template: Named.extend({ version: z.string() }),
    personality: z.string().nullable(),
    configuration: Configuration,
    capabilities: z.array(CapabilityGrant),
    createdAt: moment,
    updatedAt: moment,
  })
  .meta({ id: 'Agent' });
export type AgentView = z.input<typeof AgentView>;
