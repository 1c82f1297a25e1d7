/** The N-th of something that goes over a wire, and on which side of the server it is lost. */
export interface NthFault {
  readonly n: number;
  /** `before`: the server never hears of it. `after`: it is done, and nobody is told. */
  readonly when: 'before' | 'after';
  /** Beside the connection's break. */
  readonly onStrike?: () => void;
}

/** Counts what goes over a wire until the one that is to be lost. */
export class NthCounter {
  #fault: NthFault | null = null;
  #count = 0;
  #struck = false;

  /** From now on; an earlier fault that has not struck is forgotten. */
  arm(fault: NthFault): void {
    this.#fault = fault;
    this.#count = 0;
    this.#struck = false;
  }

  /** No fault any more. True if the last one has struck. */
  disarm(): boolean {
    this.#fault = null;
    return this.#struck;
  }

  /** Counts one that is about to be sent; says what becomes of it. */
  next(): 'pass' | NthFault['when'] {
    this.#count += 1;
    return this.#count === this.#fault?.n ? this.#fault.when : 'pass';
  }

  strike(): void {
    const onStrike = this.#fault?.onStrike;
    this.#fault = null;
    this.#struck = true;
    onStrike?.();
  }
}
