import type { INestApplicationContext, Type } from '@nestjs/common';
import { ReadMailJob } from './mail/inbound/read-mail.job.js';
import { DeliverMailJob } from './mail/outbound/deliver-mail.job.js';
import type { RecurringWork, Sweeper } from './platform/queue/recurring.js';
import { Closing } from './tickets/closing.js';

interface ScheduleEntry {
  readonly name: string;
  readonly everySeconds: number;
  readonly sweeper: Type<Sweeper>;
  /** Whether it does something only when something is due, so that repeating it comes to an end. */
  readonly settles: boolean;
}

/** Everything that recurs in a worker, in one table. */
export const schedule: readonly ScheduleEntry[] = [
  { name: 'read-mail', everySeconds: 60, sweeper: ReadMailJob, settles: true },
  { name: 'close-resolved', everySeconds: 60, sweeper: Closing, settles: true },
  { name: 'deliver-mail', everySeconds: 60, sweeper: DeliverMailJob, settles: true },
];

/** The schedule with its sweepers taken from a running house. */
export function recurringWork(house: INestApplicationContext): (RecurringWork & { settles: boolean })[] {
  return schedule.map(({ sweeper, ...entry }) => ({ ...entry, sweeper: house.get(sweeper, { strict: false }) }));
}
