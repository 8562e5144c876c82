import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import type { NamedDate } from './holiday-lists.js';
import { sourceOfFeed, type SourcedHoliday, type WrittenCalendar } from './written-calendar.js';

/** How a calendar's feed is doing, for people. */
export interface FeedState {
  readonly url: string;
  /** When it last answered well; null: never yet. */
  readonly fetchedAt: Date | null;
  readonly fault: string | null;
  readonly failingSince: Date | null;
  readonly nextTryAt: Date;
  /** How many dates it closes. */
  readonly count: number;
}

type Asked = Pick<Transaction, 'query'>;

/** The feeds that calendars name, and what each last gave. */
@Injectable()
export class HolidayFeeds {
  constructor(private readonly now: Now) {}

  /** Those of one calendar, in the order in which the calendar names them. */
  async states(asked: Asked, calendarId: string): Promise<FeedState[]> {
    return asked.query<FeedState>(
      `select url, fetched_at as "fetchedAt", fault, failing_since as "failingSince", next_try_at as "nextTryAt",
         jsonb_array_length(dates) as count
       from holiday_feed where calendar_id = $1 order by url`,
      [calendarId],
    );
  }

  /** Keeps a row for each feed that the calendar names, and for no other. Another zone means another reading of the same file. */
  async keep(tx: Transaction, calendarId: string, { holidayFeeds = [], timezone }: WrittenCalendar): Promise<void> {
    const urls = holidayFeeds.map(({ url }) => url);
    await tx.query(`delete from holiday_feed where calendar_id = $1 and url <> all($2::text[])`, [calendarId, urls]);
    for (const { url, allowPrivate = false } of holidayFeeds) {
      await tx.query(
        `insert into holiday_feed (calendar_id, url, allow_private, next_try_at) values ($1, $2, $3, $4)
         on conflict on constraint holiday_feed_pk do update set allow_private = excluded.allow_private,
           next_try_at = least(holiday_feed.next_try_at, case
             when holiday_feed.allow_private <> excluded.allow_private or holiday_feed.fault is not null
               or holiday_feed.read_for not like $5 || ' %'
             then excluded.next_try_at else holiday_feed.next_try_at end)`,
        [calendarId, url, allowPrivate, this.now.read(), timezone],
      );
    }
  }

  /** What the feeds of a calendar gave last. */
  async holidays(asked: Asked, calendarId: string): Promise<SourcedHoliday[]> {
    const feeds = await asked.query<{ url: string; dates: readonly NamedDate[] }>(
      `select url, dates from holiday_feed where calendar_id = $1 order by url`,
      [calendarId],
    );
    return feeds.flatMap((feed) => feed.dates.map((date) => ({ ...date, source: sourceOfFeed(feed) })));
  }

  /** Asks the feed again as soon as may be. */
  async askAgain(tx: Transaction, calendarId: string, url: string): Promise<void> {
    await tx.query(
      `update holiday_feed set next_try_at = $3 where calendar_id = $1 and url = $2 and next_try_at > $3`,
      [calendarId, url, this.now.read()],
    );
  }
}
