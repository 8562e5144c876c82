import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { RequestError } from '../platform/outgoing/guarded-request.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { Calendars } from './calendars.js';
import { readFeed } from './feed-reader.js';
import { fetchFeed } from './feeds/fetch-feed.js';
import type { HolidayFeedRow } from './holiday-feed.entity.js';
import { windowAt } from './holiday-window.js';
import type { NamedDate } from './holiday-lists.js';

const BATCH = 5;
/** Longer than five redirects and a reading can take. */
const LEASE_SECONDS = 180;
const HOUR_MS = 3_600_000;
const DAILY_MS = 24 * HOUR_MS;
/** After each failed attempt, in minutes; the last repeats for as long as the feed is wanted. */
const WAIT_MINUTES = [1, 5, 15, 60, 240, 720, 1440];
/** So that desks that were started together do not knock together. */
const JITTER = 0.15;
const BY_ITSELF = { name: 'system' };

type Claimed = Pick<
  HolidayFeedRow,
  'calendarId' | 'url' | 'allowPrivate' | 'readFor' | 'etag' | 'lastModified' | 'attempts'
> & {
  readonly timezone: string;
};

type Outcome =
  | { readonly fresh: null; readonly etag: string | null; readonly lastModified: string | null }
  | {
      readonly fresh: readonly NamedDate[];
      readonly readFor: string;
      readonly etag: string | null;
      readonly lastModified: string | null;
    };

/**
 * Looks after the holidays that calendars take from elsewhere: asks their feeds once a day, and looks into their lists again, so
 * that the window moves on with the years. Only what has changed makes a new version.
 */
@Injectable()
export class RefreshHolidays implements Sweeper {
  constructor(
    private readonly database: Database,
    private readonly calendars: Calendars,
    private readonly now: Now,
    private readonly log: Log,
  ) {}

  async sweep(): Promise<number> {
    return (await this.lookIntoLists()) + (await this.askFeeds());
  }

  private async lookIntoLists(): Promise<number> {
    const now = this.now.read();
    const due = await this.database.query<{ id: string }>(
      `select id from calendar where lists_due_at <= $1 order by id`,
      [now],
    );
    for (const { id } of due) {
      await this.database.transaction(async (tx) => {
        await this.calendars.refresh(tx, id, BY_ITSELF);
        await tx.query(`update calendar set lists_due_at = $2 where id = $1`, [id, this.later(now, DAILY_MS)]);
      });
    }
    return due.length;
  }

  private async askFeeds(): Promise<number> {
    let handled = 0;
    for (;;) {
      const feeds = await this.claim();
      if (feeds.length === 0) return handled;

      await Promise.all(feeds.map((feed) => this.ask(feed)));
      handled += feeds.length;
    }
  }

  private async claim(): Promise<Claimed[]> {
    const now = this.now.read();
    return this.database.query<Claimed>(
      `update holiday_feed as feed set leased_until = $2, attempts = attempts + 1
       from calendar join calendar_version on calendar_version.calendar_id = calendar.id and version = current_version
       where calendar.id = feed.calendar_id and (feed.calendar_id, feed.url) in (
         select calendar_id, url from holiday_feed
         where next_try_at <= $1 and (leased_until is null or leased_until <= $1)
         order by next_try_at limit ${BATCH} for update skip locked)
       returning feed.calendar_id as "calendarId", feed.url, feed.allow_private as "allowPrivate", feed.read_for as "readFor",
         feed.etag, feed.last_modified as "lastModified", feed.attempts, definition ->> 'timezone' as timezone`,
      [now, new Date(now.getTime() + LEASE_SECONDS * 1000)],
    );
  }

  private async ask(feed: Claimed): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.fetch(feed);
    } catch (error) {
      if (!(error instanceof RequestError))
        this.log.error({ err: error, url: feed.url }, 'A holiday feed broke its reader.');
      await this.failed(feed, error instanceof Error ? error.message : String(error));
      return;
    }
    await this.database.transaction((tx) => this.answered(tx, feed, outcome));
  }

  /** A file that did not change but was read for another zone or other years must be had again. */
  private async fetch(feed: Claimed): Promise<Outcome> {
    const { timezone, etag, lastModified } = feed;
    const { firstYear, lastYear } = windowAt(feed, this.now.read());
    const window = { timezone, from: `${firstYear}-01-01`, until: `${lastYear + 1}-01-01` };
    const readFor = `${timezone} ${window.from} ${window.until}`;
    const known = feed.readFor === readFor ? { etag, lastModified } : { etag: null, lastModified: null };
    const fetched = await fetchFeed(feed, known);
    if (fetched.unchanged) return { fresh: null, etag, lastModified };

    const read = await readFeed({ text: fetched.text, window });
    if ('unreadable' in read) throw new RequestError(read.unreadable);
    return { fresh: read.dates, readFor, etag: fetched.etag, lastModified: fetched.lastModified };
  }

  private async answered(tx: Transaction, { calendarId, url }: Claimed, outcome: Outcome): Promise<void> {
    // The calendar first, as whoever saves it does; it may be gone, or want this feed no more.
    if (!(await this.calendars.lock(tx, calendarId))) return;

    const now = this.now.read();
    const { fresh, etag, lastModified } = outcome;
    const readFor = fresh === null ? null : outcome.readFor;
    await tx.query(
      `update holiday_feed set dates = coalesce($3::jsonb, dates), read_for = coalesce($4, read_for), etag = $5, last_modified = $6,
         fetched_at = $7, fault = null, failing_since = null, attempts = 0, next_try_at = $8, leased_until = null
       where calendar_id = $1 and url = $2`,
      [
        calendarId,
        url,
        fresh === null ? null : JSON.stringify(fresh),
        readFor,
        etag,
        lastModified,
        now,
        this.later(now, DAILY_MS),
      ],
    );
    await this.calendars.refresh(tx, calendarId, BY_ITSELF);
  }

  /** The holidays that it gave last stay. */
  private async failed({ calendarId, url, attempts }: Claimed, fault: string): Promise<void> {
    const now = this.now.read();
    const minutes = WAIT_MINUTES[Math.min(attempts, WAIT_MINUTES.length) - 1] ?? 1;
    this.log.warn({ url: new URL(url).host, attempts, fault }, 'A holiday feed could not be had.');
    await this.database.query(
      `update holiday_feed set fault = $3, failing_since = coalesce(failing_since, $4), next_try_at = $5, leased_until = null
       where calendar_id = $1 and url = $2`,
      [calendarId, url, fault, now, this.later(now, minutes * 60_000)],
    );
  }

  private later(now: Date, ms: number): Date {
    return new Date(now.getTime() + Math.round(ms * (1 + JITTER * (2 * Math.random() - 1))));
  }
}
