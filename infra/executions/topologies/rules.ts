import type { Definition, ResolvedAgent, Seat } from '../../../workflows/contract/definition.ts';
import type { Problem } from '../../../workflows/contract/errors.ts';
import type { ExecutionInput } from '../../../workflows/contract/executions.schema.ts';
import type { Plan } from '../../../workflows/contract/plans.ts';

/** A seat as written: its slot, and its agent's name where that is known. */
export interface WrittenSeat {
  readonly slot: string;
  readonly agentName: string | null;
}

/** A seat that the config fills with an agent who has none: at which path, whom, and the slot that it takes. */
export interface NamedSeat {
  readonly path: string;
  readonly agent: string;
  readonly slot: string;
}

/** A seat that nobody fills and that the agent of another seat takes too. */
export interface DoubledSeat {
  readonly slot: string;
  /** The slot of whoever takes it. */
  readonly of: string;
}

/** Turns that any of some seats may take, and the tokens that each of them hears at most beyond the input. */
export interface Turns {
  readonly seats: readonly Seat[];
  readonly count: number;
  readonly heardTokens: number;
}

/** What one type of topology demands of its seats, and what it makes of them. `path` leads to a field below the topology. */
export interface TopologyRules<Config, Planned extends Plan> {
  /** Everything that is wrong with the seats, for this config. */
  check(config: Config, seats: readonly WrittenSeat[], path: (field: string) => string): Problem[];
  /** Seats that the config names and the members lack. */
  named?(config: Config, seats: readonly WrittenSeat[]): readonly NamedSeat[];
  /** Seats that are needed and that an agent takes beside its own. `slots` in the order of the positions. */
  doubled?(config: Config, slots: readonly string[]): readonly DoubledSeat[];
  /** What is wrong with the input of a start; paths from its top. */
  checkInput?(config: Config, seats: readonly WrittenSeat[], input: ExecutionInput): Problem[];
  /** Votes are weighed by reliability where a seat has no weight. */
  isWeighted(config: Config): boolean;
  /** What the seats' agents have to do in other executions counts. */
  countsWork?(config: Config): boolean;
  /** What a seat is there for beyond its agent, as its prompt says it. `slots` in the order of the positions. */
  duty?(config: Config, slot: string, slots: readonly string[]): string | null;
  /** What the workflow is told; `seats` include the named ones. */
  plan(config: Config, seats: readonly WrittenSeat[]): Planned;
  /** The last hand on a definition whose seats are resolved: briefs and notices. */
  settle?(definition: Definition & Planned): Definition & Planned;
  /** The most turns that there can be. `itemCount`: items that the input lists. */
  turns(
    definition: Definition & Planned,
    input: { readonly hasOptions: boolean; readonly itemCount: number },
  ): Turns[];
}

/** The longest answer that any of the agent's models may give. */
export const answerTokens = ({ maxTokens, models }: ResolvedAgent): number =>
  Math.max(
    ...models.map(({ maxOutputTokens }) => Math.min(maxTokens, maxOutputTokens ?? maxTokens)),
    0,
  );

/** The seat that a config names: by its slot, else by the agent in it. */
export const seatNamed = (name: string, seats: readonly WrittenSeat[]): WrittenSeat | undefined =>
  seats.find(({ slot }) => slot === name) ??
  seats.find(({ agentName }) => agentName === name.toLowerCase());

/** Every slot that is taken more than once. */
export function takenTwice(
  seats: readonly WrittenSeat[],
  path: (field: string) => string,
): Problem[] {
  return seats.flatMap(({ slot }, i) =>
    seats.findIndex((seat) => seat.slot === slot) < i
      ? [
          {
            path: path(`members.${i}.slot`),
            message: `The slot "${slot}" is taken twice; give each its own.`,
          },
        ]
      : [],
  );
}

export const hasSlot = (seats: readonly WrittenSeat[], slot: string): boolean =>
  seats.some((seat) => seat.slot === slot);
