import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { duties, type Duty } from './chain/rota.js';
import { Rotas, type NamedRota } from './rotas.js';

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
  const events = duties(rota, from, new Date(now.getTime() + AHEAD_MS)).flatMap((duty) => eventOf(duty, id, name, now));
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Punctual//On call//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    'X-PUBLISHED-TTL:PT1H',
    ...events,
    'END:VCALENDAR',
  ];
  return `${lines.flatMap(folded).join('\r\n')}\r\n`;
}

function eventOf({ from, to, who, standIn }: Duty, rota: string, name: string, now: Date): string[] {
  const uid = createHash('sha256').update(`${rota} ${from.toISOString()} ${who}`).digest('hex').slice(0, 32);
  return [
    'BEGIN:VEVENT',
    `UID:${uid}@punctual`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(from)}`,
    `DTEND:${stamp(to)}`,
    `SUMMARY:${escaped(`${who} is on call (${name})`)}`,
    ...(standIn ? ['DESCRIPTION:Stands in.'] : []),
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

function stamp(at: Date): string {
  return `${at.toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, (sign) => `\\${sign}`)
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    .replaceAll(/\p{Cc}/gu, '');
}

/** A line has 75 bytes at the most; what is longer goes on in the next one, behind a blank. */
function folded(line: string): string[] {
  const lines: string[] = [];
  let current = '';
  for (const letter of line) {
    if (Buffer.byteLength(current) + Buffer.byteLength(letter) > 75) {
      lines.push(current);
      current = ' ';
    }
    current += letter;
  }
  return [...lines, current];
}
