/** What is known of a message when the output is written. */
export interface Contribution {
  readonly sequence: number;
  readonly slot: string;
  readonly name: string;
  /** The option chosen, or the label of the position's group. */
  readonly choice: string | null;
  readonly confidence: number | null;
  /** The seat's. */
  readonly weight: number;
  readonly reasoning: string | null;
  readonly text: string;
  /** The structured answer as the agent gave it. */
  readonly output: Readonly<Record<string, unknown>> | null;
}
