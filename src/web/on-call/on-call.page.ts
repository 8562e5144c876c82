import { Injectable } from '@nestjs/common';
import { zoneOf } from '../../calendar/local-time.js';
import { duties, type Duty } from '../../escalation/on-call.js';
import { RotaFeeds } from '../../escalation/rota-feeds.js';
import { Rotas, type NamedRota } from '../../escalation/rotas.js';
import { Responders, type Responder } from '../../escalation/responders.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';

const DAY_MS = 86_400_000;
const WEEKS = 4;
/** Each day of the picture has this many columns: three hours each. */
const COLUMNS_A_DAY = 8;
const COLUMN_MS = DAY_MS / COLUMNS_A_DAY;
const NEXT = 5;
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
      weeks: weeksOf(named, zone.toLocal(now.getTime())),
      standIns: overrides
        .map((override, index) => ({ ...override, index, from: plain(override.from), to: plain(override.to) }))
        .filter((_, index) => (overrides[index]?.to ?? '') > new Date(zone.toLocal(now.getTime())).toISOString()),
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

/** The picture: four weeks from Monday on in the rota's zone, each a row of pieces on a grid of three-hour columns. */
function weeksOf({ rota }: NamedRota, localNow: number): object[] {
  const zone = zoneOf(rota.timezone);
  const today = Math.floor(localNow / DAY_MS);
  const monday = today - ((today + 3) % 7);
  return Array.from({ length: WEEKS }, (_, week) => {
    const first = (monday + week * 7) * DAY_MS;
    const from = new Date(zone.toInstant(first));
    const to = new Date(zone.toInstant(first + 7 * DAY_MS));
    return {
      label: DAYS.format(first),
      days: Array.from({ length: 7 }, (__, day) => ({
        date: new Date(first + day * DAY_MS).getUTCDate(),
        today: monday + week * 7 + day === today,
      })),
      pieces: piecesOf(duties(rota, from, to), first, zone.toLocal.bind(zone), from),
      nowColumn: week === 0 ? Math.floor((localNow - first) / COLUMN_MS) + 1 : null,
    };
  });
}

function piecesOf(all: readonly Duty[], first: number, local: (at: number) => number, weekStart: Date): Piece[] {
  const columns = 7 * COLUMNS_A_DAY;
  const edge = (at: Date): number =>
    Math.min(columns, Math.max(0, Math.round((local(at.getTime()) - first) / COLUMN_MS)));
  return all.flatMap((duty, index) => {
    const start = index === 0 ? 0 : edge(duty.from);
    const end = index === all.length - 1 ? columns : edge(duty.to);
    if (end <= start) return [];
    const { who, standIn } = duty;
    const words = `${who}${standIn ? ' stands in' : ''}, ${wallClock(local(duty.from.getTime()))} to ${wallClock(local(duty.to.getTime()))}`;
    return [{ who, standIn, start: start + 1, span: end - start, words, begins: duty.from > weekStart }];
  });
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
