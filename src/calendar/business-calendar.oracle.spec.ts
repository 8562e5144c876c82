import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { compileCalendar } from './business-calendar.js';
import { checkCalendar, type CalendarDefinition, type DayHours } from './calendar-definition.js';
import { CalendarError } from './calendar-error.js';
import { zoneOf } from './local-time.js';

/**
 * The arithmetic against a slow oracle that shares none of its ideas: it looks at the clock on the wall for every
 * minute of some days, asks the rules of calendars whether that moment is open, and counts on its fingers.
 */

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/St_Johns', 'America/Havana'],
  ...['Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Beirut', 'Africa/Casablanca', 'Africa/Cairo', 'Africa/Monrovia'],
  ...[
    'Pacific/Apia',
    'Pacific/Kiritimati',
    'America/Sao_Paulo',
    'Antarctica/Troll',
    'Pacific/Kwajalein',
    'Asia/Tehran',
    'America/Boa_Vista',
  ],
];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTE = 60_000;
const DAY = 86_400_000;
const SECONDS_AROUND = 3600;
const DAYS_BEFORE = 3;
const DAYS_AFTER = 5;

/** One of the moments that follow each other: what the wall shows, and whether it is open. */
interface Moment {
  readonly at: number;
  readonly end: number;
  readonly date: string;
  readonly time: string;
  readonly open: boolean;
}

describe('Business time and an oracle that steps through minutes', () => {
  it('agree on everything, in zones of every kind, from 1970 to 2040', () => {
    fc.assert(
      fc.property(story(), ({ definition, middle, offsets, seconds, days }) => {
        const calendar = compileCalendar(definition);
        const moments = look(definition, middle - DAYS_BEFORE * DAY, middle + DAYS_AFTER * DAY);
        for (const [index, offset] of offsets.entries()) {
          const at = middle + offset;
          const other = middle + (offsets[(index + 1) % offsets.length] ?? 0);
          const ask = <T>(question: () => T): T | 'error' => orError(question);

          expect(calendar.isOpen(new Date(at))).toBe(momentAt(moments, at).open);
          expect(calendar.timeBetween(new Date(at), new Date(other))).toBe(openSeconds(moments, at, other));
          agree(
            ask(() => calendar.addTime(new Date(at), seconds)),
            walk(moments, at, seconds),
          );
          agree(
            ask(() => calendar.addTime(new Date(at), -seconds)),
            walkBack(moments, at, seconds),
          );
          agree(
            ask(() => calendar.nextOpen(new Date(at))),
            nextOpening(moments, at),
          );
          agree(
            ask(() => calendar.previousClose(new Date(at))),
            previousClosing(moments, at),
            calendar.alwaysOpen,
          );
          agree(
            ask(() => calendar.nextClose(new Date(at))),
            nextClosing(moments, at),
          );
          agree(
            ask(() => calendar.previousOpen(new Date(at))),
            previousOpening(moments, at),
          );
          const runs = openRuns(moments, at, 2);
          if (runs !== null)
            expect(ask(() => calendar.periods(new Date(at), 2).map((run) => run.map(Number)))).toEqual(runs);
          agree(
            ask(() => calendar.dueAfterWorkingDays(new Date(at), days)),
            lastClose(moments, at, days),
          );
          agreeOnDate(
            ask(() => calendar.addDays(new Date(at), days)),
            moments,
            at,
            days,
          );
          agreeOnDate(
            ask(() => calendar.addDays(new Date(at), -days)),
            moments,
            at,
            -days,
          );
        }
      }),
      { numRuns: 35 },
    );
  });

  it('agree on what lies between two instants', () => {
    fc.assert(
      fc.property(story(), ({ definition, middle, offsets: [first = 0, second = 0] }) => {
        const calendar = compileCalendar(definition);
        const from = middle + Math.min(first, second);
        const to = middle + Math.max(first, second);
        const segments = calendar.segments(new Date(from), new Date(to));

        expect(segments.flatMap((segment) => [segment.from.getTime(), segment.to.getTime()])).toEqual(
          segments.length === 0 ? [] : [from, ...segments.slice(1).flatMap(({ from }) => [+from, +from]), to],
        );
        const moments = look(definition, from, to);
        for (const [index, segment] of segments.entries()) {
          expect(segment.open).not.toBe(segments[index - 1]?.open);
          const inside = moments.filter(({ at }) => at >= segment.from.getTime() && at < segment.to.getTime());
          expect(inside.every(({ open }) => open === segment.open)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('Business time and an oracle that steps through seconds', () => {
  it('agree at every second of the hours in which clocks are changed', () => {
    fc.assert(
      fc.property(
        story().filter(({ definition, middle }) => changeAfter(definition.timezone, middle) !== middle),
        ({ definition, middle }) => {
          const change = changeAfter(definition.timezone, middle);
          const [from, to] = [change - SECONDS_AROUND * 1000, change + SECONDS_AROUND * 1000];
          const calendar = compileCalendar(definition);
          const wall = wallOf(definition.timezone);
          let open = 0;
          for (let at = from; at < to; at += 1000) {
            const [date = '', time = ''] = wall.format(at).split(' ');
            const expected = isOpenOnTheWall(definition, date, time.slice(0, 5));
            if (calendar.isOpen(new Date(at)) !== expected) expect([new Date(at), !expected]).toEqual([at, expected]);
            if (expected) open += 1;
          }
          expect(calendar.timeBetween(new Date(from), new Date(to))).toBe(open);
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('Business time', () => {
  it('added and taken back comes home, over years', () => {
    fc.assert(
      fc.property(story(), fc.integer({ min: 1, max: 3 * 365 * DAY }), ({ definition, middle }, ms) => {
        const calendar = compileCalendar(definition);
        const start = new Date(middle);
        const end = new Date(middle + ms);
        const open = calendar.timeBetween(start, end);
        expect(calendar.timeBetween(end, start)).toBe(0 - open);
        if (open === 0) return;

        const there = calendar.addTime(start, open);
        expect(there.getTime()).toBeLessThanOrEqual(end.getTime());
        expect(calendar.timeBetween(start, there)).toBe(open);
        const msBetween = (from: Date, to: Date) => Math.round(calendar.timeBetween(from, to) * 1000);
        expect(msBetween(start, new Date(there.getTime() - 1))).toBe(Math.round(open * 1000) - 1);
        const back = calendar.addTime(end, -open);
        expect(back.getTime()).toBeGreaterThanOrEqual(start.getTime());
        expect(msBetween(new Date(back.getTime() + 1), end)).toBe(Math.round(open * 1000) - 1);
      }),
      { numRuns: 200 },
    );
  });

  it('answers the same whatever was asked before', () => {
    fc.assert(
      fc.property(story(), fc.array(fc.integer({ min: 1970, max: 2040 }), { maxLength: 4 }), (told, years) => {
        const fresh = compileCalendar(told.definition);
        const warm = compileCalendar(told.definition);
        for (const year of years) warm.isOpen(new Date(Date.UTC(year, 5, 1)));
        const ask = (of: typeof fresh) =>
          [told.seconds, -told.seconds].map((seconds) => orError(() => of.addTime(new Date(told.middle), seconds)));
        expect(ask(warm)).toEqual(ask(fresh));
      }),
      { numRuns: 60 },
    );
  });
});

describe('The rules of time zones', () => {
  it('are those that Temporal knows, at any second', () => {
    const second = fc.integer({ min: 0, max: Date.UTC(2041, 0, 1) / 1000 });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.oneof(second, second.map(roughly)), (timezone, at) => {
        const temporal = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(timezone);
        const local = zoneOf(timezone).toLocal(at * 1000);
        expect(new Date(local).toISOString().slice(0, 19)).toBe(temporal.toPlainDateTime().toString().slice(0, 19));
        const plain = temporal.toPlainDateTime().add({ days: 1 });
        const tomorrow = plain.toZonedDateTime(timezone, { disambiguation: 'compatible' });
        expect(zoneOf(timezone).toInstant(local + DAY)).toBe(tomorrow.epochMilliseconds);
      }),
      { numRuns: 2000 },
    );
  });

  it('change at the very second that Temporal names', () => {
    for (const timezone of ZONES) {
      let at = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timezone);
      for (;;) {
        const change = at.getTimeZoneTransition('next');
        if (change === null || change.year > 2040) break;
        const [before, after] = zoneOf(timezone).offsets(change.epochMilliseconds - 1, change.epochMilliseconds + 1);
        expect([timezone, before?.to, after?.from]).toEqual([
          timezone,
          change.epochMilliseconds,
          change.epochMilliseconds,
        ]);
        at = change;
      }
    }
  });
});

// What is asked --------------------------------------------------------------------------------------------------------

function story() {
  return fc
    .record({
      timezone: fc.constantFrom(...ZONES),
      somewhen: fc.integer({ min: 0, max: Date.UTC(2040, 11, 1) }),
      atAChange: fc.boolean(),
      week: fc.record(Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, dayHours()]))),
      breaks: fc.dictionary(fc.constantFrom(...WEEKDAYS), dayHours(), { maxKeys: 3 }),
      holidays: fc.array(nearbyDay(), { maxLength: 3 }),
      yearly: fc.array(nearbyDay(), { maxLength: 1 }),
      overrides: fc.array(fc.tuple(nearbyDay(), dayHours()), { maxLength: 3 }),
      offsets: fc.array(fc.integer({ min: -2.5 * DAY, max: 4 * DAY }), { minLength: 8, maxLength: 8 }),
      seconds: fc.oneof(
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 1, max: 48 }).map((n) => n * 1800),
      ),
      days: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ timezone, somewhen, atAChange, week, breaks, holidays, yearly, overrides, offsets, seconds, days }) => {
      const middle = Math.floor((atAChange ? changeAfter(timezone, somewhen) : somewhen) / MINUTE) * MINUTE;
      const dateOf = (day: number) => new Date(middle + day * DAY).toISOString().slice(0, 10);
      const definition: CalendarDefinition = {
        timezone,
        week,
        breaks,
        holidays: holidays.map(dateOf),
        yearlyHolidays: yearly.map((day) => dateOf(day).slice(5)),
        overrides: Object.fromEntries(overrides.map(([day, hours]) => [dateOf(day), hours])),
      };
      return { definition, middle, offsets, seconds, days };
    })
    .filter(({ definition }) => checkCalendar(definition).length === 0);
}

function nearbyDay() {
  return fc.integer({ min: -3, max: 5 });
}

function dayHours(): fc.Arbitrary<DayHours> {
  const time = fc.oneof(
    fc.constantFrom('00:00', '00:01', '00:30', '01:00', '01:30', '02:00', '02:30', '03:00', '09:00', '17:00', '23:00'),
    fc.integer({ min: 0, max: 1439 }).map((minutes) => new Date(minutes * 60_000).toISOString().slice(11, 16)),
  );
  const end = fc.oneof({ weight: 4, arbitrary: time }, { weight: 1, arbitrary: fc.constant('24:00') });
  return fc.array(
    fc.tuple(time, end).filter(([from, to]) => from !== to),
    { maxLength: 3 },
  );
}

function changeAfter(timezone: string, at: number): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  return zoned.getTimeZoneTransition('next')?.epochMilliseconds ?? at;
}

function roughly(second: number): number {
  return Math.round(second / 1800) * 1800;
}

// The oracle -----------------------------------------------------------------------------------------------------------

function look({ timezone, ...rules }: CalendarDefinition, from: number, to: number): Moment[] {
  const wall = wallOf(timezone);
  const moments: Moment[] = [];
  // Monrovia was 44½ minutes behind: its minutes do not begin when ours do.
  const step = timezone === 'Africa/Monrovia' ? MINUTE / 2 : MINUTE;
  for (let at = Math.floor(from / step) * step; at < to; at += step) {
    const [date = '', time = ''] = wall.format(at).split(' ');
    moments.push({ at, end: at + step, date, time, open: isOpenOnTheWall(rules, date, time.slice(0, 5)) });
  }
  return moments;
}

/** `2026-06-01 09:00:00`, as a clock on the wall there shows it. */
function wallOf(timezone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
}

type Rules = Omit<CalendarDefinition, 'timezone'>;

function isOpenOnTheWall(rules: Rules, date: string, time: string): boolean {
  const yesterday = dayBefore(date);
  const within = (today: DayHours, before: DayHours) =>
    today.some(([from, to]) => from <= time && (time < to || to < from)) ||
    before.some(([from, to]) => to < from && time < to);

  const replaced = within(rules.overrides?.[date] ?? [], rules.overrides?.[yesterday] ?? []);
  const usual = within(usualHours(rules, date), usualHours(rules, yesterday));
  const paused = within(breaks(rules, date), breaks(rules, yesterday));
  return replaced || (usual && !paused);
}

function usualHours(rules: Rules, date: string): DayHours {
  if (rules.overrides?.[date] !== undefined) return [];
  if (rules.holidays?.includes(date) === true || rules.yearlyHolidays?.includes(date.slice(5)) === true) return [];
  return rules.week[weekdayOf(date)] ?? [];
}

function breaks(rules: Rules, date: string): DayHours {
  return rules.overrides?.[date] === undefined ? (rules.breaks?.[weekdayOf(date)] ?? []) : [];
}

function weekdayOf(date: string): (typeof WEEKDAYS)[number] {
  return WEEKDAYS[new Date(`${date}T12:00:00Z`).getUTCDay()] ?? 'sun';
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) - DAY).toISOString().slice(0, 10);
}

function momentAt(moments: readonly Moment[], at: number): Moment {
  const moment = moments.find(({ end }) => end > at);
  if (moment === undefined) throw new Error('The oracle did not look there.');
  return moment;
}

function openSeconds(moments: readonly Moment[], start: number, end: number): number {
  if (end < start) return 0 - openSeconds(moments, end, start);
  let open = 0;
  for (const moment of moments) {
    if (moment.open) open += Math.max(0, Math.min(end, moment.end) - Math.max(start, moment.at));
  }
  return open / 1000;
}

/** An answer of the oracle is null where it lies beyond the days it looked at. */
function walk(moments: readonly Moment[], start: number, seconds: number): number | null {
  let left = seconds * 1000;
  for (const moment of moments) {
    if (!moment.open || moment.end <= start) continue;
    const from = Math.max(start, moment.at);
    if (moment.end - from >= left) return from + left;
    left -= moment.end - from;
  }
  return null;
}

function walkBack(moments: readonly Moment[], start: number, seconds: number): number | null {
  let left = seconds * 1000;
  for (const moment of [...moments].reverse()) {
    if (!moment.open || moment.at >= start) continue;
    const to = Math.min(start, moment.end);
    if (to - moment.at >= left) return to - left;
    left -= to - moment.at;
  }
  return null;
}

function nextOpening(moments: readonly Moment[], at: number): number | null {
  const moment = moments.find((moment) => moment.open && moment.end > at);
  return moment === undefined ? null : Math.max(moment.at, at);
}

function previousClosing(moments: readonly Moment[], at: number): number | null {
  const moment = moments.findLast((moment) => moment.open && moment.at < at);
  return moment === undefined ? null : Math.min(moment.end, at);
}

function nextClosing(moments: readonly Moment[], at: number): number | null {
  const opening = nextOpening(moments, at);
  if (opening === null) return null;
  return moments.find((moment) => !moment.open && moment.at > opening)?.at ?? null;
}

function previousOpening(moments: readonly Moment[], at: number): number | null {
  const open = moments.findLast((moment) => moment.open && moment.at <= at);
  if (open === undefined) return null;
  const closed = moments.findLast((moment) => !moment.open && moment.at < open.at);
  return closed === undefined ? null : closed.end;
}

/** The next open runs, the first clipped; null where one goes on beyond what was looked at. */
function openRuns(moments: readonly Moment[], at: number, count: number): [number, number][] | null {
  const runs: [number, number][] = [];
  let began: number | null = null;
  for (const moment of moments) {
    if (moment.end <= at) continue;
    if (moment.open) {
      began ??= Math.max(moment.at, at);
    } else if (began !== null) {
      runs.push([began, moment.at]);
      began = null;
      if (runs.length === count) return runs;
    }
  }
  return null;
}

/** The n-th date with an open moment after that of `at`; only whole days that were looked at count. */
function workingDate(moments: readonly Moment[], at: number, days: number): string | null {
  const today = momentAt(moments, at).date;
  const edges = [moments[0]?.date, moments.at(-1)?.date];
  const dates = new Set<string>();
  for (const { date, open } of moments) if (open) dates.add(date);
  const later = [...dates].filter((date) => !edges.includes(date) && (days > 0 ? date > today : date < today)).sort();
  return (days > 0 ? later[days - 1] : later.at(days)) ?? null;
}

function lastClose(moments: readonly Moment[], at: number, days: number): number | null {
  const date = workingDate(moments, at, days);
  const moment = date === null ? undefined : moments.findLast((moment) => moment.open && moment.date === date);
  return moment === undefined ? null : moment.end;
}

// Comparing ------------------------------------------------------------------------------------------------------------

function orError<T>(question: () => T): T | 'error' {
  try {
    return question();
  } catch (error) {
    if (error instanceof CalendarError) return 'error';
    throw error;
  }
}

function agree(answer: Date | 'error', truth: number | null, unless = false): void {
  if (truth === null || unless) return;
  expect(answer === 'error' ? answer : answer.toISOString()).toBe(new Date(truth).toISOString());
}

/** The right date, and the same time on the wall unless it is not shown that day. */
function agreeOnDate(answer: Date | 'error', moments: readonly Moment[], at: number, days: number): void {
  const date = workingDate(moments, at, days);
  if (date === null) return;
  const { time } = momentAt(moments, at);
  const shown = moments.find((moment) => moment.date === date && moment.time === time);
  if (shown === undefined) return;
  expect(answer).toEqual(new Date(shown.at + (at - momentAt(moments, at).at)));
}
