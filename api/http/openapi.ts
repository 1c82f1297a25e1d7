import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
  type ZodOpenApiSchemaObject,
} from 'zod-openapi';
import { configName } from '../../workflows/contract/executions.schema.ts';
import { TOPOLOGY_CONFIGS } from '../../workflows/contract/topologies.schema.ts';
import { TOPOLOGY_TYPES } from '../../workflows/domain/enums.ts';
import { ERROR_CODES } from '../middleware/problems.ts';
import type { AnswerSpec, Route } from './route.ts';

/** RFC 9457, with a closed list of codes. */
export const ProblemDetails = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong, and what to do.' }),
    code: z.enum(ERROR_CODES),
    instance: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** The OpenAPI 3.1 document of the routes. */
export function openApiDocument(routes: readonly Route[]) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Conclave',
      version: '1',
      description:
        'A durable engine for groups of AI agents. Times are ISO 8601 UTC, money is US dollars as a decimal string.',
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: configs(),
    },
    paths,
  });
}

/** What configures each topology, with its ranges and defaults, as it is written: what has a default may be left out. */
const configs = () =>
  Object.fromEntries(
    TOPOLOGY_TYPES.map((type) => {
      const { $schema: _, ...schema } = z.toJSONSchema(TOPOLOGY_CONFIGS[type], { io: 'input' });
      return [configName(type), schema as ZodOpenApiSchemaObject];
    }),
  );

function operation(route: Route) {
  const { method, access, tag, summary, params, query, body, answers } = route;
  return {
    operationId: operationId(route),
    tags: [tag],
    summary,
    ...(access ? { security: [{ key: [] }], description: needs(access) } : { security: [] }),
    requestParams: { path: params, query, header: headersOf(route) },
    ...(body && {
      requestBody: {
        // Bodies that accept nothing at all are optional.
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: body } },
      },
    }),
    responses: responsesOf(answers, method),
  };
}

const needs = ({ scope, roles }: NonNullable<Route['access']>): string =>
  `Needs the scope \`${scope}\`${roles ? ` and the role ${roles.join(' or ')}` : ''}.`;

const operationId = ({ method, path }: Route): string =>
  [method, ...path.split(/[^A-Za-z0-9]+/).filter((part) => part !== '' && part !== 'v1')].join('_');

const headersOf = ({ method, transaction }: Route): z.ZodObject => {
  if (method === 'get' || transaction === false) return z.object({});
  return method === 'post'
    ? z.object({
        'Idempotency-Key': z.string().max(255).optional().meta({
          description: 'Repeats of a request under one key get the first answer, for 24 hours.',
        }),
      })
    : z.object({
        'If-Match': z.string().optional().meta({
          description: 'An ETag that was read before: 412 when it has changed since.',
        }),
      });
};

function responsesOf(answers: Route['answers'], method: string): ZodOpenApiResponsesObject {
  const responses: ZodOpenApiResponsesObject = {
    default: {
      description: 'Why it was not done.',
      content: { 'application/problem+json': { schema: ProblemDetails } },
    },
  };
  for (const [status, spec] of Object.entries(answers))
    responses[status as '200'] = response(status, spec, method);
  return responses;
}

function response(status: string, spec: AnswerSpec, method: string) {
  const description = STATUS_CODES[status] ?? method;
  if (spec === null) return { description };
  if (spec instanceof z.ZodType)
    return { description, content: { 'application/json': { schema: spec } } };
  return {
    description: spec.description,
    content: { [spec.contentType]: { schema: spec.event ?? z.string() } },
  };
}
