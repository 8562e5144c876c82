import { Injectable } from '@nestjs/common';
import { zoneOf, type Zone } from '../../calendar/local-time.js';
import { duties, gaps, type Duty, type Gap } from '../../escalation/on-call.js';
import { RotaFeeds } from '../../escalation/rota-feeds.js';
import { Rotas, type NamedRota } from '../../escalation/rotas.js';
import { destinationsOf, Responders, type Responder } from '../../escalation/responders.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const WEEKS = 4;
/** Each day of the picture has this many columns: three hours each. */
const COLUMNS_A_DAY = 8;
const COLUMNS = 7 * COLUMNS_A_DAY;
const COLUMN_MS = DAY_MS / COLUMNS_A_DAY;
const NEXT = 5;
const MOST_GAPS = 4;
const DAYS = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Who is on call now and in the next four weeks, rota by rota. */
@Injectable()
export class OnCallPage {
  constructor(
    private readonly database: Database,
    private readonly rotas: Rotas,
    private readonly responders: Responders,
    private readonly feeds: RotaFeeds,
    private readonly now: Now,
  ) {}

  async read(): Promise<object> {
    const now = this.now.read();
    const { rotas, responders } = await this.database.readOnly(async (tx) => ({
      rotas: await this.rotas.list(tx),
      responders: await this.responders.list(tx),
    }));
    return {
      title: 'On call',
      weekdays: WEEKDAYS,
      rotas: rotas.map((rota) => this.shown(rota, responders, now)),
      newRota: '/admin/rotas/new',
      emergency: responders.find(({ emergency }) => emergency)?.name ?? null,
      anyEmergencyRota: rotas.some(({ emergency }) => emergency),
    };
  }

  private shown(named: NamedRota, responders: readonly Responder[], now: Date): object {
    const { name, rota, emergency } = named;
    const { timezone, every, at, members, overrides } = rota;
    const zone = zoneOf(timezone);
    const ahead = duties(rota, now, new Date(now.getTime() + 180 * DAY_MS));
    const [current] = ahead;
    const person = responders.find((one) => one.name === current?.who);
    const localNow = zone.toLocal(now.getTime());
    const monday = mondayOf(localNow);
    const callable = responders.filter((one) => destinationsOf(one).length > 0);
    // Nothing silences the emergency contact, so rest does not count where a rota stands in that place.
    const people = new Map(callable.map((one) => [one.name, emergency ? null : one.rest]));
    const end = new Date(zone.toInstant(monday + WEEKS * WEEK_MS));
    const open = gaps(rota, now, end, people);
    const local = (at: Date): number => zone.toLocal(at.getTime());
    return {
      ...{ name, timezone, emergency },
      slug: encodeURIComponent(name),
      words: `${every === 'week' ? `Each week on ${weekdayOf(rota.startsOn)}` : 'Each day'} at ${at}: ${members.join(', then ')}`,
      who: current?.who ?? '',
      standIn: current?.standIn ?? false,
      until: current?.to ?? now,
      phone: person?.phone ?? null,
      email: person?.email ?? null,
      next: ahead.slice(1, NEXT + 1).map((duty) => ({ ...duty })),
      weeks: weeksOf(named, localNow, open),
      gaps: open.slice(0, MOST_GAPS).map((gap) => ({
        words: `${wallClock(local(gap.from))} to ${wallClock(local(gap.to))}`,
        why: `${gap.who} ${WHY[gap.why]}`,
      })),
      moreGaps: Math.max(0, open.length - MOST_GAPS),
      standIns: overrides
        .map((override, index) => ({ ...override, index, from: plain(override.from), to: plain(override.to) }))
        .filter((_, index) => (overrides[index]?.to ?? '') > new Date(localNow).toISOString()),
      choices: responders.map((one) => ({ value: one.name, label: one.name })),
      feed: this.feeds.addressOf(named),
    };
  }
}

interface Piece {
  readonly who: string;
  readonly standIn: boolean;
  readonly start: number;
  readonly span: number;
  readonly words: string;
  readonly begins: boolean;
}

const WHY: Record<Gap['why'], string> = {
  away: 'is away',
  quiet: 'has quiet hours',
  unreachable: 'has no way to be called',
};

/** The Monday of the week in which a wall-clock time lies, both in milliseconds as the wall clock shows them. */
function mondayOf(local: number): number {
  const today = Math.floor(local / DAY_MS);
  return (today - ((today + 3) % 7)) * DAY_MS;
}

/** The picture: four weeks from Monday on in the rota's zone, each a row of pieces on a grid of three-hour columns. */
function weeksOf({ rota }: NamedRota, localNow: number, open: readonly Gap[]): object[] {
  const zone = zoneOf(rota.timezone);
  const monday = mondayOf(localNow);
  return Array.from({ length: WEEKS }, (_, week) => {
    const first = monday + week * WEEK_MS;
    const from = new Date(zone.toInstant(first));
    const to = new Date(zone.toInstant(first + WEEK_MS));
    const column = (at: Date): number =>
      Math.min(COLUMNS, Math.max(0, Math.round((zone.toLocal(at.getTime()) - first) / COLUMN_MS)));
    return {
      label: DAYS.format(first),
      days: Array.from({ length: 7 }, (__, day) => ({
        date: new Date(first + day * DAY_MS).getUTCDate(),
        today: first + day * DAY_MS === Math.floor(localNow / DAY_MS) * DAY_MS,
      })),
      pieces: duties(rota, from, to).flatMap((duty) => pieceOf(duty, from, to, column, zone)),
      gaps: open.flatMap((gap) => {
        if (gap.from >= to || gap.to <= from) return [];
        const start = Math.min(column(gap.from), COLUMNS - 1);
        return [{ start: start + 1, span: Math.max(1, column(gap.to) - start) }];
      }),
      nowColumn: week === 0 ? Math.floor((localNow - first) / COLUMN_MS) + 1 : null,
    };
  });
}

function pieceOf(
  { who, standIn, from, to }: Duty,
  weekStart: Date,
  weekEnd: Date,
  column: (at: Date) => number,
  zone: Pick<Zone, 'toLocal'>,
): Piece[] {
  const start = from <= weekStart ? 0 : column(from);
  const end = to >= weekEnd ? COLUMNS : column(to);
  if (end <= start) return [];
  const [begins, ends] = [from, to].map((at) => wallClock(zone.toLocal(at.getTime())));
  const words = `${who}${standIn ? ' stands in' : ''}, ${begins ?? ''} to ${ends ?? ''}`;
  return [{ who, standIn, start: start + 1, span: end - start, words, begins: from > weekStart }];
}

function wallClock(local: number): string {
  return `${DAYS.format(local)} ${new Date(local).toISOString().slice(11, 16)}`;
}

/** `2026-12-24T18:00` as `24 Dec 18:00`. */
function plain(text: string): string {
  return wallClock(Date.parse(`${text}Z`));
}

function weekdayOf(date: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long' }).format(Date.parse(`${date}T00:00Z`));
}
