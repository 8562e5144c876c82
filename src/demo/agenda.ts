/** Something that somebody does at a moment of the demonstration's history. */
export interface Act {
  readonly at: Date;
  readonly run: () => Promise<void>;
}

/** What is still to happen, the earliest first; acts of one instant in the order in which they were planned. */
export class Agenda {
  private readonly acts: Act[] = [];

  /** What happens next, without taking it off. */
  get first(): Act | undefined {
    return this.acts[0];
  }

  plan(at: Date, run: () => Promise<void>): void {
    let low = 0;
    let high = this.acts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.acts[middle] as Act).at <= at) low = middle + 1;
      else high = middle;
    }
    this.acts.splice(low, 0, { at, run });
  }

  next(): Act | undefined {
    return this.acts.shift();
  }
}
