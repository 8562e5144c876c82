import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { DeskFileProblem } from '../../../src/desk-file/desk-file-problem.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import { Audit } from '../../../src/identity/audit.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { CalendarChanged } from '../../../src/support-hours/calendar-events.js';
import { Calendars, type CalendarItem, type StoredCalendar } from '../../../src/support-hours/calendars.js';
import { readFeed } from '../../../src/support-hours/feed-reader.js';
import { HolidayFeeds, type FeedState } from '../../../src/support-hours/holiday-feeds.js';
import { House } from '../../support/house.js';

const by = { name: 'the test' };
const office: CalendarItem = {
  name: 'Office',
  timezone: 'Europe/Berlin',
  week: { mon: [['09:00', '17:00']], fri: [['09:00', '17:00']] },
};
const DAY = 24 * 60;

const ical = (...dates: string[]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...dates.flatMap((date, index) => [
      'BEGIN:VEVENT',
      `UID:${index}`,
      `DTSTART;VALUE=DATE:${date.replaceAll('-', '')}`,
      `SUMMARY:Day ${date}`,
      'END:VEVENT',
    ]),
    'END:VCALENDAR',
    '',
  ].join('\r\n');

describe('holidays from elsewhere', () => {
  let house: House;
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: IncomingMessage[] = [];
  const heard: CalendarChanged[] = [];

  beforeAll(async () => {
    house = await House.openForBusiness();
    house.get(EventBus).follow(CalendarChanged, async (_tx, facts) => {
      heard.push(...facts);
    });
    server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await house.close();
  });
  beforeEach(async () => {
    await house.query(`delete from calendar where name not in ('24x7', 'Office hours')`);
    heard.length = 0;
    asked = [];
    answer = gives(ical('2026-12-24'));
  });

  const gives =
    (text: string, headers: Record<string, string> = {}, status = 200) =>
    (_: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(status, { 'content-type': 'text/calendar', ...headers }).end(text);
    };
  const url = (path = '/holidays.ics'): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const save = (item: Partial<CalendarItem>) =>
    house.transaction((tx) => house.get(Calendars).save(tx, { ...office, ...item }, by));
  const withFeed = (path?: string, allowPrivate = true) => save({ holidayFeeds: [{ url: url(path), allowPrivate }] });
  const stored = async (): Promise<StoredCalendar> => {
    const calendar = await house.get(Calendars).byName(house.database, 'Office');
    if (calendar === null) throw new Error('There is no calendar Office.');
    return calendar;
  };
  const days = async (): Promise<string[]> => (await stored()).sourced.map(({ date }) => date);
  const feed = async (): Promise<FeedState> => {
    const [state] = await house.get(HolidayFeeds).states(house.database, (await stored()).id);
    if (state === undefined) throw new Error('Office has no feed.');
    return state;
  };
  const isOpen = async (at: string): Promise<boolean> => {
    const { id, version } = await stored();
    return (await house.get(Calendars).compiled(house.database, id, version)).isOpen(new Date(at));
  };

  describe('a list', () => {
    it('closes its days from last year to ten years ahead, without asking anybody', async () => {
      await save({ holidayLists: [{ country: 'DE', state: 'BE' }] });
      const { sourced, definition, version } = await stored();
      expect(definition.holidays).toBeUndefined();
      expect(sourced).toContainEqual({ date: '2026-12-25', name: 'Christmas Day', source: 'list DE-BE' });
      const years = [...new Set(sourced.map(({ date }) => date.slice(0, 4)))];
      expect([years[0], years.at(-1), years.length]).toEqual(['2025', '2036', 12]);
      expect(await isOpen('2026-12-25T10:00:00Z')).toBe(false);
      expect(await isOpen('2026-12-18T10:00:00Z')).toBe(true);
      await house.settle();
      expect((await stored()).version).toBe(version);
    });

    it('moves on at New Year, keeps what is past, and tells who follows', async () => {
      const before = house.now.read();
      await save({ holidayLists: [{ country: 'DE' }] });
      await house.passTime(`${250 * DAY}m`);
      const { sourced, version, id } = await stored();
      expect(version).toBe(2);
      expect(heard).toEqual([new CalendarChanged(id, 2)]);
      expect(sourced[0]?.date).toBe('2025-01-01');
      expect(sourced.at(-1)?.date).toBe('2037-12-26');
      const [entry] = await house.get(Audit).latest({ limit: 1 });
      expect(entry).toMatchObject({
        action: 'calendar.holidays-refreshed',
        by: { name: 'system' },
        data: { version: 2, removed: [] },
      });
      house.now.hold(before);
    });

    it('leaves with its days when it is taken out', async () => {
      await save({ holidayLists: [{ country: 'DE' }] });
      await save({});
      expect(await days()).toEqual([]);
      expect(await save({})).toBe('unchanged');
    });

    it('is refused where nobody knows the country', async () => {
      await expect(save({ holidayLists: [{ country: 'XX' }] })).rejects.toMatchObject({
        faults: [{ field: 'holidayLists[0].country' }],
      });
      await expect(save({ name: '24x7', holidayLists: [{ country: 'DE' }] })).rejects.toThrow('around the clock');
    });
  });

  describe('a feed', () => {
    it('is pending at first, then gives its days with a new version', async () => {
      await withFeed();
      expect(await feed()).toMatchObject({ fetchedAt: null, fault: null });
      expect(await days()).toEqual([]);

      await house.settle();
      expect((await stored()).sourced).toEqual([
        { date: '2026-12-24', name: 'Day 2026-12-24', source: `feed ${url()}` },
      ]);
      expect(await feed()).toMatchObject({ fetchedAt: house.now.read(), fault: null, count: 1 });
      expect(heard).toEqual([new CalendarChanged((await stored()).id, 2)]);
      expect(asked[0]?.headers).toMatchObject({ 'user-agent': 'Punctual' });
      expect(asked[0]?.headers).not.toHaveProperty('cookie');
    });

    it('is asked once a day whether it has changed, and makes no version when it has not', async () => {
      answer = gives(ical('2026-12-24'), { etag: '"v1"', 'last-modified': 'Mon, 01 Jun 2026 08:00:00 GMT' });
      await withFeed();
      await house.settle();
      answer = gives('', {}, 304);
      await house.passTime(`${DAY * 1.2}m`);
      expect(asked).toHaveLength(2);
      expect(asked[1]?.headers).toMatchObject({
        'if-none-match': '"v1"',
        'if-modified-since': 'Mon, 01 Jun 2026 08:00:00 GMT',
      });
      expect((await stored()).version).toBe(2);
      expect((await feed()).fetchedAt).toEqual(house.now.read());
    });

    it('keeps the days that are past, and gives up those to come that it no longer names', async () => {
      answer = gives(ical('2026-05-01', '2026-12-24', '2026-12-31'));
      await withFeed();
      await house.settle();
      answer = gives(ical('2026-12-31', '2027-01-04'));
      await house.passTime(`${DAY * 1.2}m`);
      expect(await days()).toEqual(['2026-05-01', '2026-12-31', '2027-01-04']);
    });

    it('is read anew when the calendar moves to another zone', async () => {
      const midnight = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:1', 'DTSTART:20261223T230000Z', 'DTEND:20261224T230000Z', 'END:VEVENT', 'END:VCALENDAR'].join('\r\n'); // prettier-ignore
      answer = (request, response) => {
        if (request.headers['if-none-match'] === undefined) gives(midnight, { etag: '"same"' })(request, response);
        else gives('', {}, 304)(request, response);
      };
      await withFeed();
      await house.settle();
      expect(await days()).toEqual(['2026-12-24']);
      await save({ timezone: 'America/New_York', holidayFeeds: [{ url: url(), allowPrivate: true }] });
      await house.settle();
      expect(await days()).toEqual([]);
    });

    it.each([
      ['answers with an error', gives('no', {}, 500), '500'],
      ['is gone', gives('no', {}, 404), '404'],
      ['is no calendar', gives('<!doctype html>'), 'not an iCal file'],
      ['is too large', gives(`BEGIN:VCALENDAR\r\n${'X-FILLER:'.padEnd(2_100_000, 'x')}`), '2,000,000 bytes'],
      [
        'repeats for ever',
        gives(ical('2026-05-01').replace('END:VEVENT', 'RRULE:FREQ=SECONDLY\r\nEND:VEVENT')),
        'secondly',
      ],
      ['sends on in circles', gives('', { location: '/again' }, 302), 'more than 5 times'],
      ['sends on to nowhere', gives('', {}, 302), 'does not say where to'],
      [
        'sends on to the metadata of a cloud',
        gives('', { location: 'http://169.254.169.254/' }, 302),
        '169.254.169.254',
      ],
      ['sends on to a private place', gives('', { location: 'http://127.0.0.1:9/' }, 302), 'private or reserved'],
      ['sends on by a name in disguise', gives('', { location: 'http://2130706433/' }, 301), 'private or reserved'],
    ])(
      'that %s keeps its last holidays, says what is wrong, and is tried again later and later',
      async (_, fails, words) => {
        await withFeed();
        await house.settle();
        answer = fails;
        await house.passTime(`${DAY * 1.2}m`);
        const failing = await feed();
        expect(failing.fault).toContain(words);
        expect(failing.failingSince).toEqual(house.now.read());
        expect(await days()).toEqual(['2026-12-24']);

        const first = failing.nextTryAt.getTime() - house.now.read().getTime();
        await house.passTime('2m');
        const second = (await feed()).nextTryAt.getTime() - house.now.read().getTime();
        expect(second).toBeGreaterThan(first);
        expect((await feed()).failingSince).toEqual(failing.failingSince);

        answer = gives(ical('2026-12-24', '2026-12-31'));
        await house.passTime('30m');
        expect(await feed()).toMatchObject({ fault: null, failingSince: null, count: 2 });
        expect(await days()).toEqual(['2026-12-24', '2026-12-31']);
      },
    );

    it('follows where it is sent on the same host', async () => {
      answer = (request, response) => {
        if (request.url === '/holidays.ics') gives('', { location: '/moved.ics' }, 301)(request, response);
        else gives(ical('2026-12-24'))(request, response);
      };
      await withFeed();
      await house.settle();
      expect(await days()).toEqual(['2026-12-24']);
    });

    it('in a private network is asked only where that is allowed', async () => {
      await withFeed('/holidays.ics', false);
      await house.settle();
      expect((await feed()).fault).toContain('allowPrivate');
      expect(asked).toEqual([]);
      await withFeed('/holidays.ics', true);
      await house.settle();
      expect(await days()).toEqual(['2026-12-24']);
    });

    it('is claimed by one worker at a time, and not lost with it', async () => {
      await withFeed();
      await house.query(`update holiday_feed set leased_until = $1`, [new Date(house.now.read().getTime() + 60_000)]);
      await house.settle();
      expect(asked).toEqual([]);
      await house.passTime('2m');
      expect(asked).toHaveLength(1);
    });

    it('is refused where it could never be asked', async () => {
      for (const bad of [
        'ftp://example.com/x.ics',
        'http://169.254.169.254/x',
        'http://a:b@example.com/x',
        'webcal:',
      ]) {
        await expect(save({ holidayFeeds: [{ url: bad }] })).rejects.toMatchObject({
          faults: [{ field: 'holidayFeeds[0].url' }],
        });
      }
    });
  });

  describe('a file that is a bomb', () => {
    it('is left alone after its time, and the desk goes on', async () => {
      const window = { timezone: 'UTC', from: '2026-01-01', until: '2037-01-01' };
      // The thirtieth of February: whoever looks for it day by day looks for ever.
      const bomb = ical('2026-05-01').replace('END:VEVENT', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT');
      expect(await readFeed({ text: bomb, window }, 1_500)).toEqual({
        unreadable: 'Reading it takes longer than 1.5 seconds.',
      });
    });
  });

  describe('in the desk file', () => {
    const FILE = `
calendars:
  - name: Office
    timezone: Europe/Berlin
    week: {mon: [["09:00", "17:00"]]}
    holidays: ["2026-12-24", {date: "2026-12-31", name: New Year's Eve}]
    holidayLists: [{country: DE, state: BY}, {country: AT}]
    holidayFeeds: [{url: "https://example.com/holidays.ics"}]
`;
    const apply = (text: string) => house.transaction((tx) => house.get(DeskFiles).apply(tx, readDeskFile(text), by));

    it('come out as they went in, and change nothing when they are applied again', async () => {
      await apply(FILE);
      const { sourced } = await stored();
      expect(sourced.length).toBeGreaterThan(200);
      const exported = await house.transaction((tx) => house.get(DeskFiles).export(tx));
      expect(exported).toContain('country: DE');
      expect(exported).not.toContain('Epiphany');
      expect(faultsIn(exported)).toEqual([]);
      expect(await apply(exported)).toEqual([]);

      await house.query(`delete from calendar where name = 'Office'`);
      await apply(exported);
      expect((await stored()).sourced).toEqual(sourced);
    });

    it('are told apart as they are written', async () => {
      await apply(FILE);
      expect(await apply(FILE.replace('{country: AT}', '{country: CH}'))).toMatchObject([
        { kind: 'calendar', name: 'Office', details: [{ field: 'holidayLists' }] },
      ]);
    });

    it.each([
      ['an unknown country', '{country: DE, state: BY}', '{country: ZZ}', 'no list for the country'],
      ['an unknown state', '{country: DE, state: BY}', '{country: DE, state: XX}', 'not known in DE'],
      ['an unknown key', '{country: DE, state: BY}', '{country: DE, city: Munich}', 'not known here'],
      [
        'a holiday without a name',
        `{date: "2026-12-31", name: New Year's Eve}`,
        '{date: "2026-12-31"}',
        'name is missing',
      ],
      ['a feed that is none', '"https://example.com/holidays.ics"', 'ftp://example.com', 'https://'],
    ])('are refused with %s, at its line', (_, there, instead, words) => {
      expect(faultsIn(FILE.replace(there, instead))).toEqual([expect.stringContaining(words)]);
    });

    function faultsIn(text: string): string[] {
      try {
        readDeskFile(text);
        return [];
      } catch (error) {
        if (!(error instanceof DeskFileProblem)) throw error;
        return error.places.map(({ line, detail }) => `${line}: ${detail}`);
      }
    }
  });

  describe('in a calculation', () => {
    const calculate = (calendar: object) =>
      house.api.post('/calendars/calculate', {
        calendar,
        operations: [
          { op: 'isOpen', at: '2019-12-25T10:00:00Z' },
          { op: 'nextOpen', at: '2048-12-25T10:00:00Z' },
        ],
      });
    const week = { wed: [['09:00', '17:00']], fri: [['09:00', '17:00']] };

    it('lists are looked into for the years that are asked about', async () => {
      const listed = await calculate({ timezone: 'UTC', week, holidayLists: [{ country: 'DE' }] });
      expect(listed).toMatchObject({
        status: 200,
        body: { results: [{ open: false }, { at: '2048-12-30T09:00:00.000Z' }] },
      });
      const without = await calculate({ timezone: 'UTC', week });
      expect(without.body).toMatchObject({ results: [{ open: true }, { at: '2048-12-25T10:00:00.000Z' }] });
    });

    it('feeds are refused, and it is said why', async () => {
      const refused = await calculate({ timezone: 'UTC', week, holidayFeeds: [{ url: url(), allowPrivate: true }] });
      expect(refused).toMatchObject({
        status: 422,
        body: {
          errors: [{ field: 'calendar.holidayFeeds', detail: expect.stringContaining('stored calendars only') }],
        },
      });
      expect(asked).toEqual([]);
    });

    it('a simulation takes the same lists, and no feeds', async () => {
      const simulate = (calendar: object) =>
        house.api.post('/sla/simulate', {
          calendar,
          policy: { targets: { resolution: 60 } },
          events: [{ at: '2026-12-25T08:00:00Z', type: 'created', by: 'customer' }],
          at: ['2026-12-25T10:00:00Z'],
        });
      const listed = await simulate({ timezone: 'UTC', week, holidayLists: [{ country: 'DE' }] });
      expect(listed.body).toMatchObject({ results: [{ clocks: [{ dueAt: '2026-12-30T10:00:00.000Z' }] }] });
      expect(await simulate({ timezone: 'UTC', week, holidayFeeds: [{ url: url() }] })).toMatchObject({ status: 422 });
    });
  });
});
