/** An agent of the library, as the body of `POST /v1/agent-templates`. */
export interface SampleTemplate {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly role: string;
  readonly config: {
    readonly systemPrompt: string;
    readonly temperature?: number;
  };
  readonly capabilities?: readonly { readonly name: string; readonly proficiency: number }[];
}

/** A way in which agents work together, as the body of `POST /v1/topologies`. */
export interface SampleTopology {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly members?: readonly {
    readonly slot: string;
    readonly position: number;
    readonly template: string;
    readonly weight?: number;
  }[];
  readonly gates?: readonly Readonly<Record<string, unknown>>[];
}

/** One entry of the sample library: agents, how they work together, and an input that shows what it is for. */
export interface Sample {
  readonly templates: readonly SampleTemplate[];
  /** In this order: what stands later may be made of what stands before. */
  readonly topologies: readonly SampleTopology[];
  readonly tryWith: Readonly<Record<string, unknown>>;
}

/** Seats in the order of the list. */
export const seats = (list: Readonly<Record<string, string>>) =>
  Object.entries(list).map(([slot, template], position) => ({ slot, position, template }));
