import { createHash } from 'node:crypto';

/** The body of a request to `POST /chat/completions`, as far as the fake reads it. */
export interface ChatBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly tools?: readonly {
    readonly function: { readonly name: string; readonly parameters: Schema };
  }[];
  readonly temperature?: number;
  readonly response_format?: {
    readonly type: string;
    readonly json_schema?: {
      readonly name: string;
      readonly strict?: boolean;
      readonly schema: Schema;
    };
  };
}

/** A JSON Schema, as far as answers are made from it. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maximum?: number;
}

/** The answer to a request: worked out from its messages and schema alone, so that the same request is answered the same. */
export const answerTo = (body: ChatBody): string => answerFor(chatRequest(body));

/** A request of any protocol, as far as its answer depends on it. */
export interface FakeRequest {
  readonly model: string;
  /** All that was asked, in the protocol's form. */
  readonly asked: unknown;
  /** The last thing that the user said. */
  readonly question: string;
  readonly schema?: Schema | undefined;
  /** The first of the tools that were offered. */
  readonly tool?: { readonly name: string; readonly schema: Schema } | undefined;
  readonly maxTokens?: number | undefined;
  readonly isStreamed: boolean;
  readonly wantsUsage: boolean;
}

/** A request to `POST /chat/completions` in these words. */
export function chatRequest(body: ChatBody): FakeRequest {
  const [tool] = body.tools ?? [];
  return {
    model: body.model,
    asked: body.messages,
    question: body.messages.findLast(({ role }) => role === 'user')?.content ?? '',
    schema: body.response_format?.json_schema?.schema,
    tool: tool && { name: tool.function.name, schema: tool.function.parameters },
    maxTokens: body.max_tokens ?? body.max_completion_tokens,
    isStreamed: body.stream === true,
    wantsUsage: body.stream !== true || body.stream_options?.include_usage === true,
  };
}

/** Text, or JSON where a schema asks for it. */
export function answerFor({ model, asked, question, schema }: FakeRequest): string {
  const seed = digest(JSON.stringify([model, asked]));
  if (schema) return JSON.stringify(valueOf(schema, seed, ''));
  return `Answer ${seed.slice(0, 8)} to: ${question.split(/\s+/).slice(0, 12).join(' ')}`;
}

/** The arguments of a call of the first tool. */
export const argumentsFor = ({ model, asked, tool }: FakeRequest): unknown =>
  valueOf(tool?.schema ?? {}, digest(JSON.stringify([model, asked])), '');

/** Why a strict schema is refused, as the vendor does; null: it is not. */
export function strictProblem(schema: Schema): string | null {
  if (schema.properties) {
    const missing = Object.keys(schema.properties).filter(
      (name) => !schema.required?.includes(name),
    );
    if (schema.additionalProperties !== false || missing.length > 0)
      return "'required' is required to be supplied and to be an array including every key in properties, and 'additionalProperties' to be false.";
  }
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items ? [schema.items] : []),
  ];
  return parts.map(strictProblem).find((problem) => problem !== null) ?? null;
}

function valueOf(schema: Schema, seed: string, path: string): unknown {
  const number = Number.parseInt(digest(seed + path).slice(0, 8), 16);
  if (schema.enum) return schema.enum[number % schema.enum.length];
  switch (schema.type?.toLowerCase()) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, of]) => [
          name,
          valueOf(of, seed, `${path}.${name}`),
        ]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, (_, i) =>
        valueOf(schema.items ?? {}, seed, `${path}.${i}`),
      );
    case 'number':
      return ((number % 100) / 100) * (schema.maximum ?? 1);
    case 'integer':
      return number % ((schema.maximum ?? 9) + 1);
    case 'boolean':
      return false;
    case undefined:
    default:
      return `Answer ${digest(seed + path).slice(0, 8)} for ${path.slice(1)}, said in a few words.`;
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
