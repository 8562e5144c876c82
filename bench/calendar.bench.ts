import { compileCalendar } from '../src/calendar/business-calendar.js';
import { compare, mustBeEqual, ratePerSecond, type Comparison } from './comparison.js';
import { office, plainOffice } from './office.js';
import { rivals } from './rivals.js';
import { DayByDay } from './the-usual-way.js';

const HOUR_S = 3_600;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const ROUNDS = 5;
const ROUND_MS = 400;
const STARTS = 1_000;
const USUAL = 'day by day, with temporal-polyfill';

/** Business time on an office calendar with holidays. */
export async function* calendar(): AsyncIterable<Comparison> {
  const ours = compileCalendar(office);
  const theirs = new DayByDay(office);
  const starts = startsInAYear();
  checkThatBothAgree(ours, theirs, starts);
  const at = (turn: number): Date => starts[turn % STARTS]!;
  const yearAfter = starts.map((start) => new Date(start.getTime() + YEAR_MS));
  const dayAfter = starts.map((start) => new Date(start.getTime() + DAY_MS));

  yield compare({
    name: 'calendar: add 8 working hours',
    against: USUAL,
    rounds: ROUNDS,
    ours: () => ratePerSecond(ROUND_MS, (turn) => ours.addTime(at(turn), 8 * HOUR_S)),
    theirs: () => ratePerSecond(ROUND_MS, (turn) => theirs.add(at(turn), 8 * HOUR_S)),
  });
  yield compare({
    name: 'calendar: between, over a year',
    against: USUAL,
    rounds: ROUNDS,
    ours: () => ratePerSecond(ROUND_MS, (turn) => ours.timeBetween(at(turn), yearAfter[turn % STARTS]!)),
    theirs: () => ratePerSecond(ROUND_MS, (turn) => theirs.between(at(turn), yearAfter[turn % STARTS]!)),
  });
  yield compare({
    name: 'calendar: between, a year or a day',
    against: 'our between, over a day',
    rounds: ROUNDS,
    ours: () => ratePerSecond(ROUND_MS, (turn) => ours.timeBetween(at(turn), yearAfter[turn % STARTS]!)),
    theirs: () => ratePerSecond(ROUND_MS, (turn) => ours.timeBetween(at(turn), dayAfter[turn % STARTS]!)),
  });
  yield* besidePackages(starts);
  yield compileTenYears('a zone in use', () => office.timezone);
  const zones = unusedZones();
  yield compileTenYears('a zone never seen', () => zones.next().value ?? fail());
}

/** On hours that the packages know too, in the zone of this process, which is the only one they know. */
async function* besidePackages(all: readonly Date[]): AsyncIterable<Comparison> {
  const ours = compileCalendar(plainOffice);
  const zone = process.env['TZ'];
  process.env['TZ'] = plainOffice.timezone;
  // At closing time they and we differ in what an exact fit is, so all begin in the midst of a working day, at a whole minute.
  const starts = all.filter((at) => ours.isOpen(at)).map((at) => new Date(Math.floor(at.getTime() / 60_000) * 60_000));
  const at = (turn: number): Date => starts[turn % starts.length]!;
  const yearAfter = new Map(starts.map((start) => [start, new Date(start.getTime() + 364 * DAY_MS)]));
  for (const [name, rival] of Object.entries(rivals)) {
    const theirs = rival(plainOffice);
    for (const start of starts.slice(0, 100)) {
      mustBeEqual(`8 working hours later, ${name}`, ours.addTime(start, 8 * HOUR_S), theirs.add(start, 8));
    }
    for (const start of starts.slice(0, 10)) {
      const end = yearAfter.get(start)!;
      mustBeEqual(`minutes in a year, ${name}`, ours.timeBetween(start, end) / 60, theirs.between(start, end));
    }
    yield await compare({
      name: 'calendar: add 8 working hours',
      against: name,
      rounds: 3,
      ours: () => ratePerSecond(ROUND_MS, (turn) => ours.addTime(at(turn), 8 * HOUR_S)),
      theirs: () => ratePerSecond(ROUND_MS, (turn) => theirs.add(at(turn), 8)),
    });
    yield await compare({
      name: 'calendar: between, over a year',
      against: name,
      rounds: 3,
      ours: () => ratePerSecond(ROUND_MS, (turn) => ours.timeBetween(at(turn), yearAfter.get(at(turn))!)),
      theirs: () => ratePerSecond(ROUND_MS, (turn) => theirs.between(at(turn), yearAfter.get(at(turn))!)),
    });
  }
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
}

/** A calendar from its definition to its first answer about ten years; the rival gives the same answer, and cannot keep anything. */
function compileTenYears(which: string, zone: () => string): Promise<Comparison> {
  const from = new Date('2020-01-01T00:00:00Z');
  const to = new Date('2030-01-01T00:00:00Z');
  return compare({
    name: `calendar: compile ten years, ${which}`,
    against: 'day by day, one pass over them',
    rounds: 3,
    ours: () => ratePerSecond(200, () => compileCalendar({ ...office, timezone: zone() }).timeBetween(from, to)),
    theirs: () => ratePerSecond(200, () => new DayByDay({ ...office, timezone: zone() }).between(from, to)),
  });
}

/** Spread over a year, at all times of day and night, the same at each run. */
function startsInAYear(): Date[] {
  const begin = Date.UTC(2026, 0, 1);
  return Array.from({ length: STARTS }, (_, index) => new Date(begin + ((index * 7_919_777_333) % YEAR_MS)));
}

function checkThatBothAgree(ours: ReturnType<typeof compileCalendar>, theirs: DayByDay, starts: readonly Date[]): void {
  for (const start of starts.slice(0, 200)) {
    const end = new Date(start.getTime() + YEAR_MS);
    mustBeEqual('8 working hours later', ours.addTime(start, 8 * HOUR_S), theirs.add(start, 8 * HOUR_S));
    mustBeEqual('working seconds in a year', ours.timeBetween(start, end), theirs.between(start, end));
  }
}

function* unusedZones(): Generator<string> {
  for (const zone of Intl.supportedValuesOf('timeZone')) if (zone !== office.timezone) yield zone;
}

function fail(): never {
  throw new Error('There are no more time zones that have not been used yet.');
}
