import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { ADMIN_PASSWORD, House, STAFF_PASSWORD } from '../../support/house.js';
import { ann, mia } from '../../support/people.js';
import { linksOf, Visitor, wordsOf, type PageSeen } from '../../support/visitor.js';

type Fields = Record<string, string[]>;

const HOLIDAYS = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:1', 'DTSTART;VALUE=DATE:20261224', 'SUMMARY:Christmas Eve', 'END:VEVENT', 'BEGIN:VEVENT', 'UID:2', 'DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY;COUNT=8', 'SUMMARY:New Year', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'); // prettier-ignore

/** On a Monday at noon in Berlin, without a script in the browser. */
describe('calendars on pages', () => {
  let house: House;
  let adam: Visitor;
  let manager: Visitor;
  let server: Server;
  let status = 200;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await house.employs({ ...mia });
    await house.employs({ ...ann });
    [adam, manager] = [new Visitor(house), new Visitor(house)];
    await adam.signIn('adam@desk.test', ADMIN_PASSWORD);
    await manager.signIn(mia.email, STAFF_PASSWORD);
    server = createServer((_, response) => response.writeHead(status).end(HOLIDAYS));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    await house.close();
  });
  beforeEach(async () => {
    await house.query(`delete from calendar where name not in ('24x7', 'Office hours')`);
  });

  const EDIT = '/admin/calendars/Office/edit';
  const feedUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/holidays.ics`;
  const stored = async (name = 'Office') => (await house.get(Calendars).byName(house.database, name))?.definition;
  const add = (more: object = {}) =>
    house.transaction((tx) =>
      house.get(Calendars).save(
        tx,
        {
          name: 'Office',
          timezone: 'Europe/Berlin',
          week: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] },
          ...more,
        },
        { name: 'the story' },
      ),
    );

  /** What a browser would send of the form of the page in hand that has the week in it. */
  function formOn({ body }: PageSeen): Fields {
    const html = /<form\b[^>]*data-week-form[\s\S]*?<\/form>/.exec(body)?.[0] ?? '';
    const fields: Fields = {};
    const put = (name: string, value: string): void => void (fields[name] ??= []).push(value);
    for (const [control] of html.matchAll(/<input\b[^>]*>|<select\b[\s\S]*?<\/select>/g)) {
      const name = /\bname="([^"]*)"/.exec(control)?.[1];
      if (name === undefined || /type="file"/.test(control)) continue;
      const chosen = control.startsWith('<select')
        ? (/<option value="([^"]*)" selected/.exec(control)?.[1] ?? /<option value="([^"]*)"/.exec(control)?.[1])
        : /\bvalue="([^"]*)"/.exec(control)?.[1];
      put(name, (chosen ?? '').replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&amp;', '&').replaceAll('&#x3D;', '=')); // prettier-ignore
    }
    return fields;
  }
  const press = async (visitor: Visitor, action: string, page: PageSeen, step: string, more: Fields = {}) =>
    visitor.post(action, { ...formOn(page), ...more, step });
  const saveReviewed = (action: string): Promise<PageSeen> => adam.send(action, { step: 'save' });

  it('are listed with what they say and who uses them', async () => {
    await add({ holidays: [{ date: '2026-06-08', name: 'Whit Tuesday' }] });
    const words = wordsOf(await manager.open('/admin/calendars'));
    expect(words).toMatch(/Office .*open now.*Europe\/Berlin.*Monday – Tuesday 09:00 – 17:00/);
    expect(words).toContain('closes Mon 1 Jun 2026, 17:00 CEST');
    expect(words).toContain('Mon 8 Jun 2026, Whit Tuesday');
    expect(words).toMatch(/24x7 .*never closes.*L1/);
    expect(words).not.toContain('New calendar');
  });

  it('are looked at by managers and edited by admins; agents see neither', async () => {
    await add();
    expect(linksOf(await manager.open('/admin/calendars/Office'))).not.toContain(EDIT);
    expect(linksOf(await adam.open('/admin/calendars/Office'))).toContain(EDIT);
    expect((await manager.open(EDIT)).status).toBe(403);
    const agent = new Visitor(house);
    await agent.signIn(ann.email, STAFF_PASSWORD);
    expect((await agent.open('/admin/calendars')).status).toBe(403);
    expect((await adam.open('/admin/calendars/Nowhere')).status).toBe(404);
  });

  it('are edited, looked through and saved', async () => {
    await add();
    const form = formOn(await adam.open(EDIT));
    const review = await adam.post(EDIT, {
      ...form,
      step: 'review',
      'week.tue.from': ['9', '13'],
      'week.tue.to': ['12', '24'],
      'breaks.mon.from': ['12:00'],
      'breaks.mon.to': ['12:30'],
      'holiday.date': ['2026-12-24', ''],
      'holiday.name': ['Christmas Eve', ''],
      'yearly.month': ['01'],
      'yearly.day': ['1'],
      'override.date': ['2026-12-31'],
      'override.hours': ['9–12'],
      'list.country': ['DE'],
      'list.state': ['BY'],
      'feed.url': ['webcal://example.com/x.ics'],
      'feed.private': [''],
    });
    expect(review.status).toBe(200);
    const words = wordsOf(review);
    expect(words).toContain('Nothing is saved yet');
    expect(words).toMatch(/Hours on Tuesday 09:00–17:00 → 09:00–12:00, 13:00–24:00/);
    for (const part of ['2026-12-24 Christmas Eve', 'DE-BY', 'https://example.com/x.ics'])
      expect(words).toContain(part);
    expect(await stored()).not.toHaveProperty('breaks');

    const saved = await saveReviewed(EDIT);
    expect(wordsOf(saved)).toContain('The calendar Office is saved.');
    expect(await stored()).toEqual({
      timezone: 'Europe/Berlin',
      week: { mon: [['09:00', '17:00']], tue: [['09:00', '12:00'], ['13:00', '24:00']] }, // prettier-ignore
      breaks: { mon: [['12:00', '12:30']] },
      holidays: [{ date: '2026-12-24', name: 'Christmas Eve' }],
      yearlyHolidays: ['01-01'],
      overrides: { '2026-12-31': [['09:00', '12:00']] },
      holidayLists: [{ country: 'DE', state: 'BY' }],
      holidayFeeds: [{ url: 'https://example.com/x.ics' }],
    });
    await house.query('delete from holiday_feed');
  });

  it('go back from the review to the form as it was', async () => {
    await add();
    const form = formOn(await adam.open(EDIT));
    await adam.post(EDIT, { ...form, step: 'review', 'week.wed.from': ['10:00'], 'week.wed.to': ['11:00'] });
    const again = formOn(await adam.send(EDIT, { step: 'edit' }));
    expect(again).toMatchObject({ 'week.wed.from': ['10:00'], 'week.wed.to': ['11:00'], timezone: ['Europe/Berlin'] });
  });

  it('come back with all input and their faults when they are refused', async () => {
    await add();
    const form = formOn(await adam.open(EDIT));
    const wrong = { ...form, step: 'review', timezone: ['Mars/Base'], 'week.mon.from': ['9'], 'week.mon.to': ['9'] };
    const unsavable = await adam.post(EDIT, wrong);
    expect(unsavable.status).toBe(422);
    expect(wordsOf(unsavable)).toContain('“Mars/Base” is not the name of a time zone');
    expect(wordsOf(unsavable)).toContain('It opens and closes at the same time');
    expect(linksOf(unsavable)).toEqual(expect.arrayContaining(['#timezone', '#week.mon.0']));
    expect(formOn(unsavable)).toMatchObject({ timezone: ['Mars/Base'], 'week.mon.to': ['9'] });

    const unread = await adam.post(EDIT, { ...form, step: 'review', 'week.mon.from': ['late'], 'holiday.date': ['x'] });
    expect(wordsOf(unread)).toContain('“late” is no time of day');
    expect(formOn(unread)['week.mon.from']).toEqual(['late']);

    const never = await adam.post(EDIT, { ...form, step: 'review', 'week.mon.from': [''], 'week.mon.to': [''], 'week.tue.from': [], 'week.tue.to': [] }); // prettier-ignore
    expect(wordsOf(never)).toContain('no open time');
    expect((await stored())?.timezone).toBe('Europe/Berlin');
  });

  it('have buttons for rows, for Monday everywhere, and for the parts of a country', async () => {
    await add();
    let page = await adam.open(EDIT);
    page = await press(adam, EDIT, page, 'add week.mon');
    expect(formOn(page)['week.mon.from']).toEqual(['09:00', '']);
    page = await press(adam, EDIT, page, 'copy week all', { 'week.mon.from': ['08:00'], 'week.mon.to': ['12:00'] });
    expect(formOn(page)['week.sun.from']).toEqual(['08:00']);
    page = await press(adam, EDIT, page, 'remove week.sun 0');
    expect(formOn(page)['week.sun.from']).toEqual(['']);
    page = await press(adam, EDIT, page, 'choose', { 'list.country': ['DE'] });
    expect(page.body).toContain('<option value="BY">');
    page = await press(adam, EDIT, page, 'choose', { 'list.state': ['BY'] });
    expect(page.body).toContain('<option value="A">');
    page = await press(adam, EDIT, page, 'add-list list', { 'list.region': ['A'] });
    expect(formOn(page)['list']).toEqual(['DE|BY|A']);
    expect(wordsOf(page)).toContain('Germany, Bayern, Stadt Augsburg');
    expect(formOn(page)['list.country']).toEqual(['']);
    expect((await stored())?.week.sun).toBeUndefined();
  });

  it('take the dates of an iCal file that is sent along', async () => {
    await add({ holidays: ['2026-12-24'] });
    const form = formOn(await adam.open(EDIT));
    const file = { name: 'holidays.ics', type: 'text/calendar', content: HOLIDAYS };
    const upload = (content: string) => adam.send(EDIT, { ...form, step: 'upload' }, [{ ...file, content }]);
    const page = await upload(HOLIDAYS);
    expect(wordsOf(page)).toContain('holidays.ics closes 4 days from 2025 to 2036; 3 of them new');
    expect(formOn(page)['holiday.date']?.filter(Boolean)).toEqual(['2025-01-01', '2026-01-01', '2026-12-24', '2027-01-01']); // prettier-ignore

    await adam.open(EDIT);
    const refused = await upload('<!doctype html>');
    expect(refused.status).toBe(422);
    expect(wordsOf(refused)).toContain('holidays.ics: This is not an iCal file');
    expect(formOn(refused)['timezone']).toEqual(['Europe/Berlin']);

    await adam.open(EDIT);
    const none = await adam.send(EDIT, { ...form, step: 'upload' });
    expect(wordsOf(none)).toContain('Choose an iCal file first');
  });

  it('are made new, also as copies, each under a name of its own', async () => {
    await add({ holidayLists: [{ country: 'DE' }] });
    const page = await adam.open('/admin/calendars/new?copy=Office');
    expect(formOn(page)).toMatchObject({ name: ['Copy of Office'], list: ['DE'] });
    const taken = await press(adam, '/admin/calendars/new', page, 'review', { name: ['Office'] });
    expect(wordsOf(taken)).toContain('There is a calendar named Office already.');
    await press(adam, '/admin/calendars/new', taken, 'review', { name: ['Köln / Süd'] });
    await saveReviewed('/admin/calendars/new');
    expect(await stored('Köln / Süd')).toMatchObject({ holidayLists: [{ country: 'DE' }] });
    expect(linksOf(await adam.open('/admin/calendars'))).toContain('/admin/calendars/K%C3%B6ln%20%2F%20S%C3%BCd');
    expect((await adam.open('/admin/calendars/K%C3%B6ln%20%2F%20S%C3%BCd')).status).toBe(200);
    const blank = formOn(await adam.open('/admin/calendars/new'));
    expect(blank).toMatchObject({ name: [''], 'week.fri.to': ['17:00'] });
  });

  it('show what somebody else has changed meanwhile, before anything is overwritten', async () => {
    await add();
    const form = formOn(await adam.open(EDIT));
    await add({ breaks: { mon: [['12:00', '13:00']] } });
    const review = await adam.post(EDIT, { ...form, step: 'review', 'week.wed.from': ['9'], 'week.wed.to': ['10'] });
    expect(review.status).toBe(409);
    expect(wordsOf(review)).toContain('the story has changed this');
  });

  it('answer when some hours would be over, and show the way there', async () => {
    await add();
    const words = wordsOf(await manager.open('/admin/calendars/Office?amount=6&unit=hours&zone=calendar'));
    expect(words).toContain('Tue 2 Jun 2026, 10:00 CEST');
    expect(words).toMatch(/open 5h 5h .*closed 16h – .*open 1h 6h/);
    const days = wordsOf(await manager.open('/admin/calendars/Office?amount=1&unit=days&start=2026-06-02T08:00'));
    expect(days).toContain('Mon 8 Jun 2026, 17:00 CEST');
    expect(wordsOf(await manager.open('/admin/calendars/Office?amount=-4'))).toContain('Write a number above 0');
  });

  it('show a year, and the years beside it', async () => {
    await add({ holidayLists: [{ country: 'DE' }], overrides: { '2026-12-28': [['10:00', '12:00']] } });
    const page = await manager.open('/admin/calendars/Office');
    expect(wordsOf(page)).toContain('Fri 25 Dec: closed, Christmas Day');
    expect(wordsOf(page)).toContain('Mon 28 Dec: 10:00–12:00, other hours than usual');
    expect(linksOf(page)).toEqual(expect.arrayContaining([
      '/admin/calendars/Office?year=2025#year',
      '/admin/calendars/Office?year=2027#year',
    ])); // prettier-ignore
    expect(wordsOf(await manager.open('/admin/calendars/Office?year=2027'))).toContain(
      'Fri 26 Mar: closed, Good Friday',
    );
    expect((await manager.open('/admin/calendars/Office?year=%27x')).status).toBe(200);
  });

  it('tell how their feeds are doing, and ask again when they are told to', async () => {
    status = 500;
    await add({ holidayFeeds: [{ url: feedUrl(), allowPrivate: true }] });
    expect(wordsOf(await manager.open('/admin/calendars/Office'))).toContain('Not fetched yet');
    await house.settle();
    expect(wordsOf(await manager.open('/admin/calendars'))).toContain('A feed of holidays cannot be had');
    expect(wordsOf(await adam.open('/admin/calendars/Office'))).toMatch(/answered 500 .*Fails since Mon 1 Jun 2026/);

    status = 200;
    const told = await adam.send('/admin/calendars/Office/feed-requests', { url: feedUrl() });
    expect(wordsOf(told)).toContain('asked again within a minute');
    await house.settle();
    expect(wordsOf(await adam.open('/admin/calendars/Office'))).toMatch(/4 days, asked last now/);
  });

  it('keep their versions, with what changed and the clocks that run on each', async () => {
    const name = 'Office hours';
    await house.api.post('/tickets', { subject: 'x', body: 'y', requester: { email: 'carl@customer.example' } });
    await house.settle();
    const { definition } = (await house.get(Calendars).byName(house.database, name))!;
    await house.transaction((tx) =>
      house.get(Calendars).save(tx, { ...definition, name, holidays: ['2026-06-04'] }, { name: 'Adam' }),
    );
    const before = wordsOf(await manager.open('/admin/calendars/Office%20hours'));
    expect(before).toMatch(/in force .*Adam.*2026-06-04.*No clock runs on it.*clocks? of 1 ticket/);
    await house.settle();
    expect(wordsOf(await manager.open('/admin/calendars/Office%20hours'))).toMatch(/in force .*clocks? of 1 ticket/);
  });

  it('are removed while nothing uses them', async () => {
    await add();
    await adam.open('/admin/calendars/Office');
    const review = await adam.send('/admin/calendars/Office/removal');
    expect(wordsOf(review)).toContain('Remove the calendar Office');
    const gone = await adam.send('/admin/calendars/Office/removal', { step: 'save' });
    expect(gone.url).toBe('/admin/calendars');
    expect(await stored()).toBeUndefined();

    await adam.open('/admin/calendars/Office%20hours');
    const refused = await adam.send('/admin/calendars/Office%20hours/removal');
    expect(refused.status).toBe(409);
    expect(await stored('Office hours')).toBeDefined();
  });
});
