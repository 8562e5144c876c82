import { dayOfDate, DAY_MS } from '../../calendar/holidays.js';
import { zoneOf, type Zone } from '../../calendar/local-time.js';
import { minutesOf } from '../../calendar/opening-hours.js';

/** People who take turns at being called, in a fixed order. */
export interface Rota {
  /** IANA name: hand-overs and overrides are at its wall-clock times, whatever the clocks do. */
  readonly timezone: string;
  readonly every: 'day' | 'week';
  /** `09:00`, when the next one takes over. */
  readonly at: string;
  /** `2026-11-23`: on this day the first of the list takes over; weeks begin on its weekday. */
  readonly startsOn: string;
  /** Names of responders, at least one. */
  readonly members: readonly string[];
  readonly overrides: readonly RotaOverride[];
}

/** Somebody stands in: from a wall-clock time until another, `2026-12-24T18:00`. The last of several counts. */
export interface RotaOverride {
  readonly from: string;
  readonly to: string;
  readonly who: string;
}

/** A stretch of time in which one person is called. */
export interface Duty {
  readonly from: Date;
  readonly to: Date;
  readonly who: string;
  /** Stands in for the one whose turn it is. */
  readonly standIn: boolean;
}

const DAYS = { day: 1, week: 7 } as const;

/**
 * Who is called at an instant: always exactly one, also before the first hand-over, for turns go back as they go on. A stand-in who
 * cannot be called takes nobody's place: an override substitutes and never empties.
 */
export function onCall(rota: Rota, at: Date, canBeCalled: (who: string) => boolean = () => true): string {
  const substitute = standIn(rota, at.getTime());
  return substitute !== null && canBeCalled(substitute) ? substitute : turnOf(rota, turnAt(rota, at.getTime()));
}

/** Everybody's duties between two instants, in order and without a gap; the first and the last are clipped. */
export function duties(rota: Rota, from: Date, to: Date): Duty[] {
  const [start, end] = [from.getTime(), to.getTime()];
  if (start >= end) return [];

  const moments = [start, ...changes(rota, from, to)];
  return joined(
    moments.map((moment, index): Duty => {
      const substitute = standIn(rota, moment);
      return {
        from: new Date(moment),
        to: new Date(moments[index + 1] ?? end),
        who: substitute ?? turnOf(rota, turnAt(rota, moment)),
        standIn: substitute !== null,
      };
    }),
  );
}

/** The instants between two others, in order, at which a turn or somebody's standing in begins or ends; whoever that calls. */
export function changes(rota: Rota, from: Date, to: Date): number[] {
  const [start, end] = [from.getTime(), to.getTime()];
  const edges = [...handOvers(rota, start, end), ...overrideSpans(rota).flatMap((span) => [span.from, span.to])];
  return [...new Set(edges)].filter((edge) => edge > start && edge < end).sort((a, b) => a - b);
}

/** The instant that a wall-clock time such as `2026-12-24T18:00` means in the rota's zone; null if it is none. */
export function instantOf(timezone: string, wallClock: string): Date | null {
  const [date = '', time = '', ...rest] = wallClock.split('T');
  const [day, minutes] = [dayOfDate(date), minutesOf(time)];
  if (day === null || minutes === null || rest.length > 0) return null;
  return new Date(zoneOf(timezone).toInstant(day * DAY_MS + minutes * 60_000));
}

/** Which turn it is at an instant, counted from the first hand-over. */
function turnAt(rota: Rota, at: number): number {
  const zone = zoneOf(rota.timezone);
  const local = zone.toLocal(at) - minutes(rota) * 60_000;
  let turn = Math.floor((local - firstDay(rota)) / (DAYS[rota.every] * DAY_MS));
  // Where the clocks have been changed since, wall-clock time alone may be off by one.
  while (handOver(rota, zone, turn) > at) turn--;
  while (handOver(rota, zone, turn + 1) <= at) turn++;
  return turn;
}

/** The instants in `[start, end)` at which the turn changes. */
function handOvers(rota: Rota, start: number, end: number): number[] {
  const zone = zoneOf(rota.timezone);
  const found: number[] = [];
  for (let turn = turnAt(rota, start) + 1; handOver(rota, zone, turn) < end; turn++)
    found.push(handOver(rota, zone, turn));
  return found;
}

function handOver(rota: Rota, zone: Zone, turn: number): number {
  return zone.toInstant(firstDay(rota) + turn * DAYS[rota.every] * DAY_MS + minutes(rota) * 60_000);
}

function turnOf({ members }: Rota, turn: number): string {
  const index = ((turn % members.length) + members.length) % members.length;
  const who = members[index];
  if (who === undefined) throw new Error('A rota has nobody in it.');
  return who;
}

function standIn(rota: Rota, at: number): string | null {
  return overrideSpans(rota).findLast(({ from, to }) => from <= at && at < to)?.who ?? null;
}

function overrideSpans({ timezone, overrides }: Rota): { from: number; to: number; who: string }[] {
  return overrides.flatMap(({ from, to, who }) => {
    const [start, end] = [instantOf(timezone, from), instantOf(timezone, to)];
    return start === null || end === null ? [] : [{ from: start.getTime(), to: end.getTime(), who }];
  });
}

/** Who goes on after their own turn, as the only one of a rota does, has one duty and not two; whole turns stay apart. */
function joined(pieces: readonly Duty[]): Duty[] {
  const found: Duty[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last !== undefined && last.who === piece.who && last.standIn && piece.standIn)
      found[found.length - 1] = { ...last, to: piece.to };
    else found.push(piece);
  }
  return found;
}

function firstDay({ startsOn }: Rota): number {
  const day = dayOfDate(startsOn);
  if (day === null) throw new Error(`A rota begins on ${startsOn}, which is no date.`);
  return day * DAY_MS;
}

function minutes({ at }: Rota): number {
  const found = minutesOf(at);
  if (found === null) throw new Error(`A rota hands over at ${at}, which is no time of day.`);
  return found;
}
