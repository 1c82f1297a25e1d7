import type { ModelRequest, RehearsalCue } from '../../activities/ports/models.ts';
import type { RehearsalEntry } from '../../workflows/contract/rehearsal.schema.ts';
import { groupLabels } from './rehearsal-groups.ts';
import { reasonFor, sayFor, stances } from './rehearsal-voice.ts';
import { seededNumber, seededPick } from './seeded.ts';

/** A JSON Schema, as far as answers need it. */
interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** What an answer is made of: the script's entry, where there is one, and words from role and seed for the rest. */
interface Part {
  readonly entry: RehearsalEntry;
  readonly request: ModelRequest;
  readonly choice: string;
  readonly seed: string;
}

/** The raw answer, as a model would write it: JSON where a schema was asked for, else text. */
export function composeAnswer(request: ModelRequest, entry: RehearsalEntry): string {
  const { rehearsal: cue, schema } = request;
  const seed = seedOf(cue);
  const choice = entry.choice ?? seededChoice(request, seed);
  const part: Part = { entry, request, choice, seed };
  return schema
    ? JSON.stringify(valueFor('', schema.json, part))
    : (entry.text ?? entry.choice ?? sayFor(choice, cue.role, seed));
}

/** Everything that may make two answers differ; nothing else does. */
const seedOf = ({ seed, script, role, slot, ask, callsBefore }: RehearsalCue): string =>
  JSON.stringify([seed, script?.seed ?? 0, role, slot, ask, callsBefore]);

/** Seats differ at first and are drawn together from round to round, as in a real debate, by the question they share. */
function seededChoice(
  { rehearsal: { ask, options }, messages }: ModelRequest,
  own: string,
): string {
  const among = stances(options);
  const question = messages[0]?.text.split('\n\n')[0] ?? '';
  const common = seededPick(among, question, options.join('\n'));
  const pull = ask.kind === 'position' ? 0.3 * ask.round : ask.kind === 'contribute' ? 0.3 : 1;
  return seededNumber(own, 'pull') < pull ? common : seededPick(among, own, 'choice');
}

/** A value of the schema for the field `name`: what the entry says, else what fits the name, else what fits the type. */
function valueFor(name: string, schema: JsonSchema, part: Part): unknown {
  const scripted = scriptedValue(name, part);
  if (scripted !== undefined) return scripted;
  if (schema.const !== undefined) return schema.const;
  if (name === 'value' && isNullable(schema)) return null; // a number that nobody asked for would count
  const variant = schema.anyOf?.find(({ type }) => type !== 'null');
  if (variant) return valueFor(name, variant, part);
  if (schema.enum) {
    const values =
      name === 'verdict' ? schema.enum.filter((word) => word !== 'abstain') : schema.enum;
    return values.includes(part.choice) ? part.choice : seededPick(values, part.seed, name);
  }
  switch ([schema.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, of]) => [key, valueFor(key, of, part)]),
      );
    case 'array':
      return arrayFor(name, schema, part);
    case 'number':
    case 'integer':
      return numberFor(name, schema, part);
    case 'boolean':
      return false;
    case 'string':
      return stringFor(name, schema, part);
    case undefined:
    default:
      return null;
  }
}

const isNullable = ({ anyOf }: JsonSchema): boolean =>
  anyOf?.some(({ type }) => type === 'null') ?? false;

/** The entry's word on a field. A position in free text is the entry's choice, or its text. */
function scriptedValue(name: string, { entry }: Part): unknown {
  if (name === 'position' || name === 'answer') return entry.choice ?? entry.text;
  return Object.hasOwn(entry, name) ? entry[name as keyof RehearsalEntry] : undefined;
}

function arrayFor(name: string, schema: JsonSchema, part: Part): readonly unknown[] {
  const { messages, rehearsal } = part.request;
  if (name === 'groups' && rehearsal.ask.kind === 'group') {
    const asked = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
    return groupLabels(asked.join('\n'), (schema.items?.items?.enum ?? []) as readonly string[]);
  }
  if (name === 'plan') return planFor(schema.items ?? {}, schema.maxItems ?? 1, part);
  if (name === 'cites') return schema.items?.enum ?? [];
  return Array.from({ length: schema.minItems ?? 0 }, (_, i) =>
    valueFor(`${name}.${i}`, schema.items ?? {}, part),
  );
}

/** Two parts, or one for each seat that there is; what they ask for is drawn for each by itself. */
function planFor(schema: JsonSchema, most: number, part: Part): readonly unknown[] {
  const seats = schema.properties?.['to']?.anyOf?.find(({ enum: slots }) => slots)?.enum;
  const count = Math.min(most, seats?.length ?? REHEARSED_PARTS);
  return Array.from({ length: count }, (_, i) => {
    const own = { ...part, seed: `${part.seed}/part ${i}` };
    const words = valueFor('part', schema, own) as Readonly<Record<string, unknown>>;
    const { requiredCapabilities: needs } = schema.properties ?? {};
    return {
      ...words,
      title: `Part ${i + 1}`,
      ...(seats && { to: seats[i] }),
      ...(needs && { requiredCapabilities: [valueFor('capability', needs.items ?? {}, own)] }),
    };
  });
}

const REHEARSED_PARTS = 2;

function numberFor(name: string, schema: JsonSchema, { seed }: Part): number {
  const { minimum = 0, maximum = minimum + 1, type } = schema;
  // The upper half: an agent that has decided is rather sure of it.
  const drawn = minimum + (maximum - minimum) * (0.5 + seededNumber(seed, name) / 2);
  return type === 'integer' ? Math.floor(drawn) : Math.min(maximum, Math.round(drawn * 100) / 100);
}

function stringFor(name: string, schema: JsonSchema, { request, choice, seed }: Part): string {
  const { role } = request.rehearsal;
  const written =
    name === 'text'
      ? sayFor(choice, role, seed)
      : name === 'reasoning'
        ? reasonFor(role, seed)
        : name === 'choice' || name === 'position' || name === 'answer'
          ? choice
          : reasonFor(role, `${seed}/${name}`);
  return written.slice(0, schema.maxLength).padEnd(schema.minLength ?? 0, '.');
}
