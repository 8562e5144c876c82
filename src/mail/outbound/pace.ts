import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { domainOf, Mailboxes, SEND_PER_MINUTE } from '../mailboxes.js';
import { goesTo } from './compose.js';
import type { OutgoingMailRow } from './outgoing-mail.entity.js';

/** What the servers of one domain get from us in a minute. */
const DOMAIN_PER_MINUTE = 300;
/** So many seconds' worth may leave at once. */
const BURST_SECONDS = 12;
const LATE_MS = 30_000;

/**
 * Lets letters leave at a pace, for each mailbox and to each domain: after an outage, what has gathered does not burst out, which relays
 * and receivers answer by shutting the door. Each letter gets its turn once, in the order in which they ask, and another one
 * if it misses that.
 */
@Injectable()
export class Pace {
  constructor(
    private readonly database: Database,
    private readonly mailboxes: Mailboxes,
    private readonly now: Now,
  ) {}

  /** When the letter may leave; null: now. */
  async turnOf(letter: OutgoingMailRow): Promise<Date | null> {
    const { urgent, sender } = letter;
    if (urgent || this.hasItsTurn(letter)) return null;

    const mailbox = (await this.mailboxes.ours()).named(sender.email);
    const [first] = goesTo(letter);
    const waits = [await this.take(`from ${sender.email}`, mailbox?.sendPerMinute ?? SEND_PER_MINUTE)];
    if (first !== undefined) waits.push(await this.take(`to ${domainOf(first)}`, DOMAIN_PER_MINUTE));
    const seconds = Math.max(...waits);
    return seconds <= 0 ? null : new Date(this.now.read().getTime() + Math.ceil(seconds * 1_000));
  }

  /** A turn that nobody served is over: where there was no worker for an hour, an hour's turns would come at once. */
  private hasItsTurn({ paced, nextTryAt }: OutgoingMailRow): boolean {
    return paced && nextTryAt !== null && nextTryAt.getTime() > this.now.read().getTime() - LATE_MS;
  }

  /** Takes one letter from what may leave; if that is less than nothing, it is a turn in so many seconds. */
  private async take(scope: string, perMinute: number): Promise<number> {
    const rate = perMinute / 60;
    const burst = Math.max(1, rate * BURST_SECONDS);
    const [row] = await this.database.query<{ letters: number }>(
      `insert into sending_allowance as was (scope, letters, as_of) values ($1, $2::float8 - 1, $3)
       on conflict on constraint sending_allowance_pk do update set
         letters = least($2::float8, was.letters + greatest(extract(epoch from $3 - was.as_of), 0) * $4::float8) - 1,
         as_of = greatest(was.as_of, $3)
       returning letters`,
      [scope, burst, this.now.read(), rate],
    );
    return row === undefined || row.letters >= 0 ? 0 : -row.letters / rate;
  }
}
