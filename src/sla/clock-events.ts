import type { BreachCause, CancelCause } from './clock/clock.js';
import type { Metric } from './clock/timeline.js';

/** Which clock something happened to. */
export interface ClockKey {
  /** The row's id. */
  readonly clock: string;
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  /** Which of the clock's breaches it is about: one that is taken back makes the next a new one. */
  readonly judgement: number;
}

/** Something happened to a clock. Facts travel in lists, so that a batch stays one statement a table on every floor. */
export abstract class ClockFact implements ClockKey {
  readonly clock: string;
  readonly ticket: number;
  readonly metric: Metric;
  readonly cycle: number;
  readonly judgement: number;

  constructor(
    key: ClockKey,
    /** The moment that counts, which may lie before the moment it was found out. */
    readonly at: Date,
  ) {
    this.clock = key.clock;
    this.ticket = key.ticket;
    this.metric = key.metric;
    this.cycle = key.cycle;
    this.judgement = key.judgement;
  }
}

export class ClockStarted extends ClockFact {}

export class ClockWarned extends ClockFact {
  constructor(
    key: ClockKey,
    at: Date,
    /** How much of the target has been used. */
    readonly percent: number,
    /** When the promise breaks if nobody acts; null if it is broken already. */
    readonly dueAt: Date | null,
  ) {
    super(key, at);
  }
}

/** The due instant went by. The clock runs on until it is stopped. */
export class ClockBreached extends ClockFact {
  constructor(
    key: ClockKey,
    readonly dueAt: Date,
    readonly because: BreachCause,
  ) {
    super(key, dueAt);
  }
}

/** It turns out that the promise was kept, or has more time. */
export class BreachRetracted extends ClockFact {}

export class ClockStopped extends ClockFact {
  constructor(
    key: ClockKey,
    at: Date,
    readonly outcome: 'met' | 'breached',
  ) {
    super(key, at);
  }
}

export class ClockCancelled extends ClockFact {
  constructor(
    key: ClockKey,
    at: Date,
    readonly because: CancelCause | 'withdrawn',
  ) {
    super(key, at);
  }
}

/** Its moment came and could not be dealt with: the promise may break unheard until somebody sees to it. */
export class ClockSetAside extends ClockFact {
  constructor(
    key: ClockKey,
    at: Date,
    readonly because: string,
  ) {
    super(key, at);
  }
}
