import ICAL from 'ical.js';
import { Rotas, type RotaEntry } from '../../../src/escalation/rotas.js';
import { Responders } from '../../../src/escalation/responders.js';
import { House, STAFF_PASSWORD } from '../../support/house.js';
import { ann, mia } from '../../support/people.js';
import { Visitor } from '../../support/visitor.js';

describe('the page of who is on call', () => {
  let house: House;
  let manager: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-12-01T10:00:00Z' });
    await house.employs(mia);
    await house.employs(ann);
    manager = new Visitor(house);
    await manager.signIn(mia.email, STAFF_PASSWORD);
    await house.transaction(async (tx) => {
      for (const name of ['Nina <Night>', 'Omar'])
        await house.get(Responders).save(tx, { name, phone: '+49 30 1234567' });
    });
  });
  afterAll(() => house.close());
  beforeEach(() =>
    house.transaction((tx) =>
      house.get(Rotas).save(tx, {
        ...{ name: 'Weeks', timezone: 'Europe/Berlin', every: 'week', at: '09:00', startsOn: '2026-11-30' },
        members: ['Nina <Night>', 'Omar'],
      } satisfies RotaEntry),
    ),
  );

  const feedOn = (body: string): string => /value="([^"]+\.ics)"/.exec(body)?.[1] ?? '';
  const duties = async (address: string): Promise<[string, string, string][]> => {
    const response = await fetch(new URL(new URL(address).pathname, house.url));
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const calendar = new ICAL.Component(ICAL.parse(await response.text()) as unknown[]);
    return calendar.getAllSubcomponents('vevent').map((component) => {
      const event = new ICAL.Event(component);
      return [event.startDate.toJSDate().toISOString(), event.endDate.toJSDate().toISOString(), event.summary];
    });
  };

  it('says who is called now, until when, and who comes next', async () => {
    const { status, body } = await manager.open('/admin/on-call');
    expect(status).toBe(200);
    expect(body).toContain('Nina &lt;Night&gt;');
    expect(body).toMatch(/is on call until <time datetime="2026-12-07T08:00:00.000Z"/);
    expect(body).toMatch(
      /<strong>Omar<\/strong>\s*<span class="text-soft">from <time datetime="2026-12-07T08:00:00.000Z"/,
    );
    expect(body).toContain('Each week on Monday at 09:00');
  });

  it('lets somebody stand in by two fields, from now on, and takes that back', async () => {
    await manager.open('/admin/on-call');
    const seen = await manager.send('/admin/on-call/Weeks/overrides', { who: 'Omar', until: '2026-12-03T08:00' });
    expect(seen.body).toContain('Omar stands in on Weeks.');
    expect(seen.body).toMatch(/stands in until <time datetime="2026-12-03T07:00:00.000Z"/);
    const taken = await manager.send('/admin/on-call/Weeks/overrides/0/removal');
    expect(taken.body).toMatch(/is on call until <time datetime="2026-12-07T08:00:00.000Z"/);
  });

  it('refuses somebody who stands in until yesterday, or who is nobody', async () => {
    await manager.open('/admin/on-call');
    for (const fields of [
      { who: 'Omar', until: '2026-11-20T08:00' },
      { who: 'Zoe', until: '2026-12-20T08:00' },
      { who: 'Omar', until: 'tomorrow' },
    ]) {
      expect((await manager.send('/admin/on-call/Weeks/overrides', fields)).status).toBe(422);
      await manager.open('/admin/on-call');
    }
  });

  it('gives calendar programs an address that they need no account for, until it is given another one', async () => {
    const address = feedOn((await manager.open('/admin/on-call')).body);
    expect(await duties(address)).toContainEqual([
      '2026-12-07T08:00:00.000Z',
      '2026-12-14T08:00:00.000Z',
      'Omar is on call (Weeks)',
    ]);
    const renewed = feedOn((await manager.send('/admin/on-call/Weeks/feed')).body);
    expect(renewed).not.toBe(address);
    expect((await fetch(new URL(new URL(address).pathname, house.url))).status).toBe(404);
    expect((await fetch(new URL('/on-call/forged.ics', house.url))).status).toBe(404);
    expect(await duties(renewed)).not.toEqual([]);
  });

  it('shows an agent who is on call, and lets them change nothing', async () => {
    const agent = new Visitor(house);
    await agent.signIn(ann.email, STAFF_PASSWORD);
    const { status, body } = await agent.open('/admin/on-call');
    expect(status).toBe(200);
    expect(body).not.toContain('.ics');
    expect(body).not.toContain('Let them stand in');
  });
});
