import { Audit } from '../../../src/identity/audit.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { CalendarChanged } from '../../../src/support-hours/calendar-events.js';
import { Calendars, type CalendarItem } from '../../../src/support-hours/calendars.js';
import { House } from '../../support/house.js';

const by = { name: 'the test' };
const office: CalendarItem = {
  name: 'Office',
  timezone: 'Europe/Berlin',
  week: { mon: [['09:00', '17:00']], tue: [['13:00', '17:00'], ['09:00', '12:00']] }, // prettier-ignore
};

describe('calendars', () => {
  let house: House;
  const heard: CalendarChanged[] = [];

  beforeAll(async () => {
    house = await House.open();
    house.get(EventBus).follow(CalendarChanged, async (_tx, facts) => {
      heard.push(...facts);
    });
  });
  afterAll(() => house.close());
  beforeEach(async () => {
    await house.query(`delete from calendar where name not in ('24x7', 'Office hours')`);
    heard.length = 0;
  });

  const calendars = (): Calendars => house.get(Calendars);
  const save = (item: CalendarItem) => house.transaction((tx) => calendars().save(tx, item, by));
  const remove = (name: string) => house.transaction((tx) => calendars().remove(tx, name, by));

  it('always hold one that never closes', async () => {
    const always = await calendars().byName(house.database, '24x7');
    const compiled = await calendars().compiled(house.database, always!.id, always!.version);
    expect(compiled.alwaysOpen).toBe(true);
    await expect(remove('24x7')).rejects.toThrow('always there');
    await expect(save({ ...office, name: '24x7' })).rejects.toThrow('around the clock');
    await expect(save({ name: '24x7', ...always!.definition })).resolves.toBe('unchanged');
  });

  it('get a new version only when they say something else, and keep the old ones', async () => {
    expect(await save(office)).toBe('added');
    expect(await save({ ...office, holidays: [], breaks: { mon: [] }, overrides: {} })).toBe('unchanged');
    expect(await save({ ...office, holidays: ['2026-12-25'] })).toBe('changed');

    const stored = await calendars().byName(house.database, 'Office');
    expect(stored).toMatchObject({ version: 2, definition: { holidays: ['2026-12-25'] } });
    expect(await calendars().byId(house.database, stored!.id)).toEqual(stored);
    expect(await calendars().version(house.database, stored!.id, 1)).not.toHaveProperty('holidays');
    const christmas = new Date('2026-12-25T10:00:00Z');
    const compiled = (version: number) => calendars().compiled(house.database, stored!.id, version);
    const monday = new Date('2026-12-28T10:00:00Z');
    expect([(await compiled(1)).isOpen(monday), (await compiled(2)).isOpen(monday)]).toEqual([true, true]);
    expect((await compiled(2)).isOpen(christmas)).toBe(false);
    expect(await compiled(2)).toBe(await compiled(2));
    await expect(compiled(3)).rejects.toThrow('no version 3');
  });

  it('say the same whatever the order they were written in', async () => {
    await save({ ...office, holidays: ['2026-12-25', '2026-01-01'] });
    const other = { ...office, holidays: ['2026-01-01', '2026-12-25', '2026-01-01'] };
    expect(await save({ ...other, week: { tue: [['09:00', '12:00'], ['13:00', '17:00']], mon: [['09:00', '17:00']] } })).toBe('unchanged'); // prettier-ignore
  });

  it('announce a new version in the same transaction, and leave a trace of who made it', async () => {
    await save(office);
    expect(heard).toEqual([]);
    await save({ ...office, timezone: 'Europe/Paris' });
    const stored = await calendars().byName(house.database, 'Office');
    expect(heard).toEqual([new CalendarChanged(stored!.id, 2)]);
    const [entry] = await house.get(Audit).latest({ limit: 1 });
    expect(entry).toMatchObject({ action: 'calendar.changed', subject: 'calendar Office', by, data: { version: 2 } });
  });

  it('are refused with all that is wrong', async () => {
    const bad = { name: ' ', timezone: 'Mars/Base', week: { mon: [['17:00']] } } as unknown as CalendarItem;
    await expect(save(bad)).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ field: 'timezone' }, { field: 'week.mon[0]' }, { field: 'name' }],
    });
  });

  it('are saved once when two save the same at once', async () => {
    const outcomes = await Promise.all([save(office), save(office), save(office)]);
    expect(outcomes.sort()).toEqual(['added', 'unchanged', 'unchanged']);
  });

  it('are removed only when nothing leans on them', async () => {
    await save(office);
    await house.query(`update desk set default_calendar = 'Office'`);
    await expect(remove('Office')).rejects.toThrow("desk's own");
    await house.query(`update desk set default_calendar = 'Office hours'`);
    await house.query(
      `insert into organisation (name, calendar_id, created_at) select 'Acme', id, $1 from calendar where name = 'Office'`,
      [house.now.read()],
    );
    await expect(remove('Office')).rejects.toThrow('in use');
    await house.query('delete from organisation');
    await remove('Office');
    await expect(remove('Office')).rejects.toMatchObject({ kind: 'not-found' });
  });
});
