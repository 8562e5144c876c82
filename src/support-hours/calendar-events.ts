/** A calendar says something else from now on; what was judged by an older version stays as it was. */
export class CalendarChanged {
  constructor(
    readonly calendar: string,
    /** The version that is new. */
    readonly version: number,
  ) {}
}
