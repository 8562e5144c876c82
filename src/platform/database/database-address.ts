/** Where PostgreSQL answers, for the few who need a connection of their own. */
export class DatabaseAddress {
  constructor(readonly url: string) {}
}
