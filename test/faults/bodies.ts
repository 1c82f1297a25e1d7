/** The body of a start. */
export interface StartBody {
  readonly inline: Readonly<Record<string, unknown>>;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the tests read of the API's answers; the API's own tests check the rest. */
export interface ExecutionBody {
  readonly id: string;
  readonly state: string;
  readonly workflowId: string;
  readonly output: {
    readonly answer: string | null;
    readonly text: string;
    readonly converged: boolean;
    readonly rounds: number;
    readonly agreement: number;
    readonly votes: readonly { readonly slot: string; readonly choice: string | null }[];
  } | null;
  readonly usage: {
    readonly calls: number;
    readonly attempts: number;
    readonly repeatedCalls: number;
    readonly failedCalls: number;
    readonly rehearsal: boolean;
  };
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface MessageBody {
  readonly id: string;
  readonly sequence: number;
  readonly round: number;
  readonly type: string;
  readonly sender: { readonly slot: string | null; readonly name: string };
  readonly content: { readonly text: string; readonly data: unknown };
}

export interface CallBody {
  readonly id: string;
  readonly sequence: number;
  /** Execution, sequence and call. */
  readonly key: string;
  readonly state: string;
  readonly repeatOf: string | null;
  readonly completedAt: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface InteractionBody {
  readonly id: string;
  readonly executionId: string;
  readonly state: string;
  readonly level: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly contentHash: string;
  readonly decision: string | null;
  readonly responses: readonly {
    readonly by: { readonly id: string };
    readonly decision: string;
  }[];
}
