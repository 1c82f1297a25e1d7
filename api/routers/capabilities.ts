import { z } from 'zod';
import { Capability } from '../../infra/db/entities/capability.ts';
import { created, ok } from '../http/answers.ts';
import { findPage, pageOf, paging } from '../http/paging.ts';
import { type Route, route } from '../http/route.ts';
import { ownAndShared, ownerOf } from '../http/sharing.ts';
import { moment } from '../http/wire.ts';

const NewCapability = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, 'use 1 to 128 letters, digits, ., _ and -'),
    description: z.string().max(10_000).optional(),
    category: z.string().min(1).max(64).optional(),
    /** Average tokens per use. */
    tokenCost: z.int().min(0).optional(),
    /** The least model that can do it. */
    requiredModel: z.string().min(1).max(128).optional(),
    metadata: z.record(z.string().max(128), z.unknown()).default({}),
    shared: z.boolean().default(false).meta({ description: 'For all owners; takes an operator.' }),
  })
  .meta({ id: 'NewCapability' });
const CapabilityView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    category: z.string().nullable(),
    tokenCost: z.int().nullable(),
    requiredModel: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    shared: z.boolean(),
    createdAt: moment,
  })
  .meta({ id: 'Capability' });

/** `/v1/capabilities`: the words for what agents can do. */
export function capabilityRoutes(): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/capabilities',
      access: { scope: 'run' },
      tag: 'agents',
      summary: 'Register a capability',
      body: NewCapability,
      answers: { 201: CapabilityView },
      handle: async ({ em, principal, body: { shared, ...fields } }) => {
        const ownerId = ownerOf(principal, shared);
        const capability = em.create(Capability, {
          ownerId,
          name: fields.name,
          description: fields.description ?? null,
          category: fields.category ?? null,
          tokenCost: fields.tokenCost ?? null,
          requiredModel: fields.requiredModel ?? null,
          metadata: fields.metadata,
        });
        await em.flush();
        return created(view(capability), { location: `/v1/capabilities?name=${capability.name}` });
      },
    }),
    route({
      method: 'get',
      path: '/v1/capabilities',
      access: { scope: 'read' },
      tag: 'agents',
      summary: 'List capabilities, own and shared',
      query: {
        ...paging,
        name: z.string().max(128).optional(),
        category: z.string().max(64).optional(),
      },
      answers: { 200: pageOf(CapabilityView) },
      handle: async ({ em, principal, query: { name, category, ...page } }) => {
        const where = {
          ...ownAndShared(principal),
          ...(name !== undefined && { name }),
          ...(category !== undefined && { category }),
        };
        const { rows, nextCursor } = await findPage(em, Capability, where, page);
        return ok({ items: rows.map(view), nextCursor });
      },
    }),
  ];
}

const view = (row: Capability): z.infer<typeof CapabilityView> => ({
  id: row.id,
  name: row.name,
  description: row.description ?? null,
  category: row.category ?? null,
  tokenCost: row.tokenCost ?? null,
  requiredModel: row.requiredModel ?? null,
  metadata: row.metadata,
  shared: row.ownerId == null,
  createdAt: row.createdAt.toISOString(),
});
