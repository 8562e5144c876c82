import { Injectable } from '@nestjs/common';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { leaningOn } from '../../desk-file/leaning.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { ALWAYS_OPEN, Calendars, type CalendarVersion, type StoredCalendar } from '../../support-hours/calendars.js';
import { HolidayFeeds } from '../../support-hours/holiday-feeds.js';
import { listInWords } from '../../support-hours/holiday-lists.js';
import { hoursOf, sourceOfList } from '../../support-hours/written-calendar.js';
import { exceptionsInWords, weekInWords } from '../calendar-in-words.js';
import { linesBetween, type ChangedLine } from '../settings/change-in-words.js';
import { pathOf, standing, todayIn } from './calendars.page.js';
import { reckon, UNITS, type Question } from './reckoning.js';
import { weekBars } from './week-bars.js';
import { specialDays, yearOf } from './year-view.js';

const SHOWN_VERSIONS = 10;
const FIRST_YEAR = 1971;
const LAST_YEAR = 2189;

/** What a page about one calendar is asked for. */
export interface Asked {
  readonly name: string;
  readonly year: string;
  readonly allVersions: boolean;
  readonly question: Question;
  /** The reader's own zone. */
  readonly timezone: string;
}

/** One calendar: its week, its year, where its holidays come from, what it has been, and what it answers. */
@Injectable()
export class CalendarPage {
  constructor(
    private readonly database: Database,
    private readonly calendars: Calendars,
    private readonly feeds: HolidayFeeds,
    private readonly files: DeskFiles,
    private readonly now: Now,
  ) {}

  async read({ name, year, allVersions, question, timezone }: Asked): Promise<object> {
    const now = this.now.read();
    return this.database.readOnly(async (tx) => {
      const calendar = await this.calendars.byName(tx, name);
      if (calendar === null) throw Problem.notFound(`There is no calendar named ${name}.`);
      const { definition, sourced, id, version } = calendar;
      const compiled = await this.calendars.compiled(tx, id, version);
      const hours = hoursOf(definition, sourced);
      const today = todayIn(definition.timezone, now);
      const shownYear = yearIn(year, today);
      const months = yearOf(hours, shownYear, today);
      const path = pathOf(name);
      return {
        title: `Calendar ${name}`,
        name,
        path,
        timezone: definition.timezone,
        now,
        version,
        isAlways: name === ALWAYS_OPEN,
        alwaysOpen: compiled.alwaysOpen,
        ...standing(compiled, now),
        week: weekInWords(definition),
        breaks: Object.keys(definition.breaks ?? {}).length > 0 ? weekInWords({ timezone: '', week: definition.breaks ?? {} }).filter(({ hours: times }) => times !== 'closed') : [], // prettier-ignore
        bars: weekBars(definition),
        coming: exceptionsInWords(hours, today).slice(0, 8),
        uses: leaningOn(await this.files.whole(tx), 'calendars', name).map(({ what }) => what),
        year: {
          number: shownYear,
          months,
          special: specialDays(months),
          previous: shownYear > FIRST_YEAR ? `${path}?year=${shownYear - 1}#year` : null,
          next: shownYear < LAST_YEAR ? `${path}?year=${shownYear + 1}#year` : null,
        },
        sources: await this.sources(tx, calendar),
        versions: await this.versions(tx, calendar, allVersions),
        when: {
          ...question,
          path,
          units: UNITS.map((unit) => ({
            value: unit,
            label: unit === 'days' ? 'working days' : unit,
            selected: unit === question.unit,
          })),
          zones: [
            { value: 'mine', label: `my time (${timezone})`, selected: question.zone === 'mine' },
            {
              value: 'calendar',
              label: `the calendar’s (${definition.timezone})`,
              selected: question.zone === 'calendar',
            },
          ],
          shownZone: question.zone === 'calendar' ? definition.timezone : timezone,
          answer: reckon(compiled, question, question.zone === 'calendar' ? definition.timezone : timezone, now),
        },
      };
    });
  }

  private async sources(tx: Transaction, { id, definition, sourced }: StoredCalendar): Promise<object> {
    const lists = (definition.holidayLists ?? []).map((list) => ({
      name: listInWords(list),
      count: sourced.filter(({ source }) => source === sourceOfList(list)).length,
    }));
    const feeds = await this.feeds.states(tx, id);
    const years = sourced.map(({ date }) => date.slice(0, 4));
    return {
      lists,
      feeds: feeds.map((feed) => ({ ...feed, host: new URL(feed.url).host, state: stateOf(feed) })),
      byHand: (definition.holidays ?? []).length + (definition.yearlyHolidays ?? []).length,
      from: years.reduce((first, year) => (year < first ? year : first), years[0] ?? ''),
      to: years.reduce((last, year) => (year > last ? year : last), years[0] ?? ''),
    };
  }

  private async versions(tx: Transaction, { id, name }: StoredCalendar, all: boolean): Promise<object> {
    const versions = await this.calendars.versions(tx, id);
    const running = await tx.query<{ version: number; clocks: number; tickets: number }>(
      `select calendar_version as version, count(*)::integer as clocks, count(distinct ticket_number)::integer as tickets
       from clock where calendar_id = $1 and state in ('running', 'paused') group by calendar_version`,
      [id],
    );
    const makers = await tx.query<{ version: number; by: string; action: string }>(
      `select (data ->> 'version')::integer as version, by ->> 'name' as by, action from audit_entry
       where subject = $1 and data ? 'version'`,
      [`calendar ${name}`],
    );
    const shown = all ? versions : versions.slice(0, SHOWN_VERSIONS);
    return {
      rows: shown.map((one) => {
        const before = versions.find(({ version }) => version === one.version - 1);
        const made = makers.findLast(({ version }) => version === one.version);
        const runs = running.find(({ version }) => version === one.version);
        return {
          version: one.version,
          current: one.version === versions[0]?.version,
          createdAt: one.createdAt,
          by: made?.by ?? null,
          refreshed: made?.action === 'calendar.holidays-refreshed',
          lines: before === undefined ? [] : changesSince(before, one),
          clocks: runs?.clocks ?? 0,
          tickets: runs?.tickets ?? 0,
        };
      }),
      more: versions.length - shown.length,
    };
  }
}

function stateOf({ fault, fetchedAt }: { fault: string | null; fetchedAt: Date | null }): string {
  if (fault !== null) return 'failing';
  return fetchedAt === null ? 'pending' : 'good';
}

/** What the people who wrote it changed, and what its lists and feeds gave and took. */
function changesSince(before: CalendarVersion, after: CalendarVersion): ChangedLine[] {
  const lines = linesBetween('calendar', before.definition, after.definition);
  const words = (those: CalendarVersion['sourced'], these: CalendarVersion['sourced']): string[] => {
    const known = new Set(these.map(({ date, source }) => `${date} ${source}`));
    return those
      .filter(({ date, source }) => !known.has(`${date} ${source}`))
      .map(({ date, name }) => `${date} ${name}`);
  };
  const added = words(after.sourced, before.sourced);
  const removed = words(before.sourced, after.sourced);
  if (added.length + removed.length === 0) return lines;
  return [
    ...lines,
    { label: 'Holidays from lists and feeds', from: null, to: null, added: few(added), removed: few(removed) },
  ];
}

function few(words: readonly string[]): string[] {
  return words.length <= 6 ? [...words] : [...words.slice(0, 5), `${words.length - 5} more`];
}

function yearIn(text: string, today: string): number {
  const year = /^\d{4}$/.test(text) ? Number(text) : Number(today.slice(0, 4));
  return Math.min(Math.max(year, FIRST_YEAR), LAST_YEAR);
}
