import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import type { AgentOverrides } from '../../workflows/contract/agents.schema.ts';
import { InvalidRequest } from '../../workflows/contract/errors.ts';

const MAX_CHARACTERS = 20_000;
/** Regular expressions of a caller's can take for ever, and references could lead anywhere. */
const REFUSED = ['pattern', 'patternProperties', '$ref', '$dynamicRef', 'format'];

/**
 * The JSON Schema (draft 2020-12) that a template sets for its agents' `configuration` (the Orchestrator's
 * `configuration_schema`). Empty: anything that is a configuration.
 */
export const ConfigurationSchema = z
  .record(z.string(), z.unknown())
  .superRefine((schema, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
    const text = JSON.stringify(schema);
    if (text.length > MAX_CHARACTERS) return refuse(`has more than ${MAX_CHARACTERS} characters`);
    const refused = REFUSED.find((keyword) => text.includes(`"${keyword}":`));
    if (refused !== undefined) return refuse(`cannot use the keyword ${refused}`);
    try {
      compile(schema);
    } catch {
      refuse('is not a JSON Schema (draft 2020-12)');
    }
  });

/** Throws `InvalidRequest` with every place where a configuration is not what its template's schema wants. */
export function requireConfiguration(
  schema: Readonly<Record<string, unknown>>,
  configuration: AgentOverrides,
): void {
  const validate = compile(schema);
  if (validate(configuration)) return;
  throw new InvalidRequest(
    (validate.errors ?? []).map(({ instancePath, message = 'is not what the template wants' }) => ({
      path: `configuration${instancePath.replaceAll('/', '.')}`,
      message,
    })),
  );
}

/** A compiler of its own each time: schemas of different owners must not know of each other. */
const compile = (schema: Readonly<Record<string, unknown>>) =>
  new Ajv2020({ allErrors: true, strictSchema: true, strictTypes: false, logger: false }).compile(
    schema,
  );
