import { z } from 'zod';
import { ok } from '../http/answers.ts';
import { openApiDocument } from '../http/openapi.ts';
import { type Route, route } from '../http/route.ts';

/** `/openapi.json`: what is served, itself included. */
export function metaRoutes(others: readonly Route[]): Route[] {
  const own: Route = route({
    method: 'get',
    path: '/openapi.json',
    access: null,
    tag: 'service',
    summary: 'This document',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    handle: async () => ok(document),
  });
  const document = openApiDocument([...others, own]);
  return [own];
}
