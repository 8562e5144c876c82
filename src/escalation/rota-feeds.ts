import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import ICAL from 'ical.js';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { duties, type Duty } from './chain/rota.js';
import { Rotas, type NamedRota } from './rotas.js';

// The library does not count the blank with which a folded line goes on; of RFC 5545's 75 bytes it is one.
ICAL.foldLength = 74;

const PURPOSE = 'rota-feed';
const DAY_MS = 86_400_000;
const BACK_MS = 28 * DAY_MS;
const AHEAD_MS = 182 * DAY_MS;

/**
 * A rota as calendar programs subscribe to it (iCalendar, RFC 5545). Who knows the address may read it, so it is signed; a rota that
 * is given another address leaves the old one behind for nobody.
 */
@Injectable()
export class RotaFeeds {
  constructor(
    private readonly database: Database,
    private readonly rotas: Rotas,
    private readonly signer: Signer,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  /** The address to subscribe to. */
  addressOf({ id, feed }: Pick<NamedRota, 'id' | 'feed'>): string {
    return `${this.config.publicUrl}/on-call/${this.signer.token(PURPOSE, `${id}.${feed}`)}.ics`;
  }

  /** The calendar behind an address; null where it was forged, has been replaced, or its rota is gone. */
  async read(token: string): Promise<{ name: string; text: string } | null> {
    const [id = '', feed] = this.signer.open(PURPOSE, token)?.split('.') ?? [];
    const rota = id === '' ? null : await this.rotas.byId(this.database, id);
    if (rota === null || String(rota.feed) !== feed) return null;

    return { name: rota.name, text: calendarOf(rota, this.now.read()) };
  }
}

function calendarOf({ id, name, rota }: NamedRota, now: Date): string {
  // From a midnight on, so that what is called by its beginning keeps its name from one fetch to the next.
  const from = new Date(Math.floor((now.getTime() - BACK_MS) / DAY_MS) * DAY_MS);
  const calendar = new ICAL.Component('vcalendar');
  calendar.addPropertyWithValue('version', '2.0');
  calendar.addPropertyWithValue('prodid', '-//Punctual//On call//EN');
  calendar.addPropertyWithValue('calscale', 'GREGORIAN');
  calendar.addPropertyWithValue('method', 'PUBLISH');
  calendar.addPropertyWithValue('x-wr-calname', plain(name));
  calendar.addPropertyWithValue('refresh-interval', ICAL.Duration.fromString('PT1H'));
  calendar.addPropertyWithValue('x-published-ttl', 'PT1H');
  for (const duty of duties(rota, from, new Date(now.getTime() + AHEAD_MS)))
    calendar.addSubcomponent(eventOf(duty, id, name, now));
  return `${calendar.toString()}\r\n`;
}

function eventOf({ from, to, who, standIn }: Duty, rota: string, name: string, now: Date): ICAL.Component {
  const uid = createHash('sha256').update(`${rota} ${from.toISOString()} ${who}`).digest('hex').slice(0, 32);
  const event = new ICAL.Component('vevent');
  event.addPropertyWithValue('uid', `${uid}@punctual`);
  event.addPropertyWithValue('dtstamp', ICAL.Time.fromJSDate(now, true));
  event.addPropertyWithValue('dtstart', ICAL.Time.fromJSDate(from, true));
  event.addPropertyWithValue('dtend', ICAL.Time.fromJSDate(to, true));
  event.addPropertyWithValue('summary', plain(`${who} is on call (${name})`));
  if (standIn) event.addPropertyWithValue('description', 'Stands in.');
  event.addPropertyWithValue('transp', 'TRANSPARENT');
  return event;
}

/** Without what no text of a calendar may hold (RFC 5545, 3.3.11). */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}
