import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import type { Principal } from '../../infra/db/session.ts';
import type { ApiScope, UserRole } from '../../workflows/domain/enums.ts';
import type { Answer } from './answers.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may call: a key with this scope whose user's roles cover it and, where `roles` are named, has one of them. */
export interface Access {
  readonly scope: ApiScope;
  readonly roles?: readonly UserRole[];
}

/** What an answer of a status looks like: a schema of JSON, a content type that is not JSON, or null for no content. */
export type AnswerSpec =
  | z.ZodType
  | {
      readonly contentType: string;
      readonly description: string;
      /** Of a stream: what each of its events looks like. */
      readonly event?: z.ZodType;
    }
  | null;

/** One request, checked: what a handler works with. */
export interface Call<Params, Query, Body> {
  readonly principal: Principal;
  /**
   * A fork of the request's own, under the principal's row-level security. For POST, PUT, PATCH and DELETE it is in a
   * transaction that is committed when the handler returns and rolled back when it throws.
   */
  readonly em: EntityManager;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The value of a request header. */
  readonly header: (name: string) => string | undefined;
  /** Throws `precondition_failed` when the request has an `If-Match` that does not name this `row_version`. */
  readonly ifMatch: (rowVersion: number) => void;
  /** Work for after the commit and before the answer, such as starting a workflow. Must not throw. */
  readonly afterCommit: (work: () => Promise<void>) => void;
  /** Raised when the client has gone or the process ends. */
  readonly ended: AbortSignal;
}

type Shape = Record<string, z.ZodType>;
type Values<S extends Shape> = z.output<z.ZodObject<S>>;

interface RouteSpec<P extends Shape, Q extends Shape, B extends z.ZodType> {
  readonly method: Method;
  /** In Express's notation: `/v1/agents/:id`. Every parameter has its schema in `params`. */
  readonly path: string;
  /** Null: no key is asked for, and the handler must use neither `principal` nor `em`. */
  readonly access: Access | null;
  readonly tag: string;
  readonly summary: string;
  readonly params?: P;
  /** Unknown query parameters are refused. */
  readonly query?: Q;
  /** Without it the request has no body, or an empty object. */
  readonly body?: B;
  /** False: the handler writes nothing, and may wait for others without holding a transaction; a repeat does it again. */
  readonly transaction?: false;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  readonly handle: (call: Call<Values<P>, Values<Q>, z.output<B>>) => Promise<Answer>;
}

/** A declared route: validation, access, documentation and tests are all made from it. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly access: Access | null;
  readonly tag: string;
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | null;
  readonly transaction?: false;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  readonly handle: (call: Call<unknown, unknown, unknown>) => Promise<Answer>;
}

/** Declares a route, with the handler's types taken from its schemas. */
export function route<
  P extends Shape = Shape,
  Q extends Shape = Shape,
  B extends z.ZodType = z.ZodType,
>(spec: RouteSpec<P, Q, B>): Route {
  return {
    ...spec,
    params: z.object(spec.params ?? {}),
    query: z.strictObject(spec.query ?? {}),
    body: spec.body ?? null,
    // The mount parses with the schemas above, so the call has the types that they give.
    handle: spec.handle as Route['handle'],
  };
}

/** An id in a path: whatever is not a UUID is unknown, as any other id that is not there. */
export const idOf = (thing: string) =>
  z.uuid(`There is no such ${thing}.`).meta({ description: `Id of the ${thing}.` });
