/** What is wrong with one field of a calendar, in words for the person who wrote it. */
export interface CalendarFault {
  readonly field: string;
  readonly detail: string;
}

export type CalendarErrorCode =
  | 'invalidCalendar'
  | 'invalidInstant'
  | 'invalidNumber'
  | 'outOfRange'
  | 'notEnoughOpenTime'
  | 'neverOpens'
  | 'neverCloses';

/** A question that a calendar cannot answer. The codes are stable, the words may get better. */
export class CalendarError extends Error {
  constructor(
    readonly code: CalendarErrorCode,
    readonly detail: string,
    /** For `invalidCalendar`: everything that is wrong with it. */
    readonly faults: readonly CalendarFault[] = [],
  ) {
    super(detail);
    this.name = 'CalendarError';
  }
}
