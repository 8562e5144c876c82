import fc from 'fast-check';
import { compileCalendar } from '../../calendar/business-calendar.js';
import type { CalendarDefinition } from '../../calendar/calendar-definition.js';
import type { ClockRow } from '../clock.entity.js';
import { isOpen, type OpenClock } from '../clock/clock.js';
import { byOtherHours } from '../clock/other-hours.js';
import { recordedTerms } from '../clock/recorded-terms.js';
import { replay } from '../clock/replay.js';
import type { CalendarTerms, PolicyTerms } from '../clock/targets.js';
import type { Metric, Status, Timeline, TimelineEvent } from '../clock/timeline.js';
import { change } from './clock-changes.js';
import { clockOf, valuesOf, type ClockValues } from './clock-rows.js';

const WEEK: CalendarDefinition['week'] = Object.fromEntries(
  ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]),
);
const BEGIN = Date.UTC(2026, 9, 19, 7);
const HOUR_MS = 3_600_000;
const snapshot = { level: 'L3', queueId: 'queue', assigneeId: null, organisationId: null } as Parameters<
  typeof valuesOf
>[2];

const calendarOf = (version: number, definition: Partial<CalendarDefinition>): CalendarTerms => ({
  id: 'calendar',
  name: 'Office hours',
  version,
  hours: compileCalendar({ timezone: 'Europe/Berlin', week: WEEK, ...definition }),
});

/** The clocks change in the last week of October. */
const calendars = [
  calendarOf(1, {}),
  calendarOf(2, { holidays: ['2026-10-21'] }),
  calendarOf(3, { holidays: ['2026-10-20', '2026-10-22', '2026-10-26'] }),
  calendarOf(4, { week: { ...WEEK, wed: [['09:00', '12:00']], sat: [['10:00', '14:00']] } }),
  calendarOf(5, { week: Object.fromEntries(Object.keys(WEEK).map((day) => [day, [['00:00', '24:00']]])) }),
];
const aCalendar = fc.constantFrom(...calendars);

const aTarget = fc.oneof(
  fc.constantFrom(60, 240, 480, 1_440),
  fc.integer({ min: 1, max: 3 }).map((workingDays) => ({ workingDays })),
  fc.constant(null),
);
const aPolicy: fc.Arbitrary<PolicyTerms> = fc
  .record({
    firstResponse: aTarget,
    nextResponse: aTarget,
    update: aTarget,
    resolution: aTarget,
    handling: aTarget,
    warnAt: fc.constantFrom(undefined, [50], [10, 80, 90]),
    reopen: fc.constantFrom('continue' as const, 'cycle' as const),
    pauses: fc.constantFrom(undefined, { resolution: ['waiting'] as Status[], firstResponse: ['on-hold'] as Status[] }),
  })
  .map(({ warnAt, reopen, pauses, ...targets }) => ({
    id: 'policy',
    name: 'Standard',
    version: 1,
    targets,
    warnAt,
    reopen,
    pauses,
  }));

type Happening = TimelineEvent extends infer E ? (E extends TimelineEvent ? Omit<E, 'at'> : never) : never;
const aHappening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('customerMessage', 'agentReply', 'call', 'note').map((type) => ({ type })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom<Status>('open', 'waiting', 'on-hold', 'resolved', 'closed')
      .map((status) => ({ type: 'status' as const, status })),
  },
  { weight: 1, arbitrary: aPolicy.map((policy) => ({ type: 'policy' as const, policy })) },
  { weight: 1, arbitrary: aCalendar.map((calendar) => ({ type: 'calendar' as const, calendar })) },
  { weight: 1, arbitrary: fc.constantFrom('merged', 'unmerged').map((type) => ({ type })) },
  { weight: 1, arbitrary: fc.constantFrom('Team A', null).map((team) => ({ type: 'assigned' as const, team })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom<Metric>('firstResponse', 'resolution'), fc.option(fc.integer({ min: -20, max: 200 })))
      .map(([metric, hours]) => ({
        type: 'manualDue' as const,
        metric,
        dueAt: hours === null ? null : new Date(BEGIN + hours * HOUR_MS),
      })),
  },
);

const aHistory: fc.Arbitrary<Timeline> = fc
  .tuple(
    fc.constantFrom('customer' as const, 'staff' as const),
    aPolicy,
    aCalendar,
    fc.array(fc.tuple(fc.integer({ min: 0, max: 30 * 60 }), aHappening), { maxLength: 12 }),
  )
  .map(([by, policy, calendar, happenings]) => {
    const timeline: TimelineEvent[] = [
      { at: new Date(BEGIN), type: 'created', by },
      { at: new Date(BEGIN), type: 'policy', policy },
      { at: new Date(BEGIN), type: 'calendar', calendar },
    ];
    let at = BEGIN;
    for (const [minutes, happening] of happenings) {
      at += minutes * 60_000;
      timeline.push({ at: new Date(at), ...happening });
    }
    return timeline;
  });

const rowOf = (values: ClockValues): ClockRow => ({
  ...structuredClone(values),
  id: '1',
  setAsideAt: null,
  setAsideBecause: null,
});
const keyOf = ({ metric, cycle }: { metric: Metric; cycle: number }): string => `${metric} ${String(cycle)}`;

describe('open clocks counted by other hours', () => {
  it('are what a replay of the whole history with the new calendar gives', () => {
    let compared = 0;
    fc.assert(
      fc.property(aHistory, aCalendar, fc.integer({ min: 1, max: 60 * 60 }), (timeline, calendar, minutesLater) => {
        const now = new Date((timeline.at(-1) as TimelineEvent).at.getTime() + minutesLater * 60_000);
        const policy = (timeline.findLast(({ type }) => type === 'policy') as { policy: PolicyTerms }).policy;
        const stored = replay(timeline, recordedTerms, now);
        const replayed = new Map(
          replay([...timeline, { at: now, type: 'calendar', calendar }], recordedTerms, now).map((clock) => [
            keyOf(clock),
            clock,
          ]),
        );

        expect([...replayed.keys()]).toEqual(stored.map(keyOf));
        for (const clock of stored) {
          const after = replayed.get(keyOf(clock));
          if (after === undefined) throw new Error('No clock is lost by counting it anew.');
          const row = rowOf(valuesOf(clock, 1, snapshot));
          const byHistory = change(row, valuesOf(after, 1, snapshot)).after;
          if (!isOpen(clock)) {
            // What has ended keeps the hours that judged it, so it need not be looked at.
            expect(byHistory).toEqual(valuesOf(clock, 1, snapshot));
            continue;
          }
          const counted = byOtherHours(clockOf(row, policy, calendar) as OpenClock, policy, calendar, now);
          if (counted === null) continue;

          expect(change(row, valuesOf(counted, 1, snapshot)).after).toEqual(byHistory);
          compared++;
        }
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});
