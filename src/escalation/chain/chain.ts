/** Who is notified of an incident, and when. An incident keeps the chain that was in force when it opened. */
export interface Chain {
  /** Null where no chain was set up at all. */
  readonly name: string | null;
  readonly steps: readonly ChainStep[];
  /** After the last step everybody of the chain, and the emergency contact, are notified this often, without end. */
  readonly repeatEveryMinutes: number;
  /** Acknowledged but not done after so long, it starts again. Null: as usual. */
  readonly restartAfterMinutes?: number | null;
}

export interface ChainStep {
  /** How long after the step before it; the first one after the opening of the incident. */
  readonly afterMinutes: number;
  /** Names of responders and of rotas; of a rota, whoever is on call when the step is taken. */
  readonly notify: readonly string[];
}

export const REPEAT_EVERY_MINUTES = 5;
/** Long enough for who is on it, short enough that nobody sleeps over it. */
export const RESTART_AFTER_MINUTES = 240;

/** What stands in where no chain was set up: nothing but the emergency contact behind it. */
export const noChain: Chain = { name: null, steps: [], repeatEveryMinutes: REPEAT_EVERY_MINUTES };

/** The same chain, but somebody is called at once, together with those whom it calls at once itself: nobody is called twice in a moment. */
export function withFirst(chain: Chain, who: string): Chain {
  const [first, ...rest] = chain.steps;
  const steps =
    first?.afterMinutes === 0
      ? [{ ...first, notify: [who, ...first.notify.filter((name) => name !== who)] }, ...rest]
      : [{ afterMinutes: 0, notify: [who] }, ...chain.steps];
  return { ...chain, steps };
}

/** When the first step of an incident that opened at `openedAt` is due. */
export function firstStepAt(chain: Chain, openedAt: Date): Date {
  return later(openedAt, chain.steps[0]?.afterMinutes ?? 0);
}

/** How long to wait before step `index`; behind the last one stands the repetition. */
export function waitBefore(chain: Chain, index: number): number {
  return chain.steps[index]?.afterMinutes ?? chain.repeatEveryMinutes;
}

export function later(instant: Date, minutes: number): Date {
  return new Date(instant.getTime() + minutes * 60_000);
}
