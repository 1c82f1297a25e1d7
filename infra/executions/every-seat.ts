import type { Definition, Seat } from '../../workflows/contract/definition.ts';

/** The seats at every level; those of a child stand below its name: `draft/debater_1`. */
export const everySeat = ({ seats, children = [] }: Definition, below = ''): Seat[] => [
  ...seats.map((seat) => ({ ...seat, slot: below + seat.slot })),
  ...children.flatMap(({ name, definition }) => everySeat(definition, `${below}${name}/`)),
];
