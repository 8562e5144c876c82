import type { INestApplicationContext, Type } from '@nestjs/common';
import type { RecurringWork, Sweeper } from './platform/queue/recurring.js';

interface ScheduleEntry {
  readonly name: string;
  readonly everySeconds: number;
  readonly sweeper: Type<Sweeper>;
  /** Whether it does something only when something is due, so that repeating it comes to an end. */
  readonly settles: boolean;
}

/** Everything that recurs in a worker, in one table. */
export const schedule: readonly ScheduleEntry[] = [];

/** The schedule with its sweepers taken from a running house. */
export function recurringWork(house: INestApplicationContext): (RecurringWork & { settles: boolean })[] {
  return schedule.map(({ sweeper, ...entry }) => ({ ...entry, sweeper: house.get(sweeper, { strict: false }) }));
}
