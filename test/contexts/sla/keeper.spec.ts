import { ManualDue } from '../../../src/tickets/manual-due.js';
import { Merging } from '../../../src/tickets/merging.js';
import { StatusChanges } from '../../../src/tickets/status-changes.js';
import { TicketJournal } from '../../../src/tickets/ticket-journal.js';
import { Triage } from '../../../src/tickets/triage.js';
import { Policies } from '../../../src/sla/policies.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { ann, bob, carl, mia } from '../../support/people.js';
import { customerSays, doing, lettersTo, reply, ticketByAgent, ticketByForm } from '../../support/tickets.js';
import { Scene, STANDARD, theStory } from './scene.js';

describe('the clocks of a ticket', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene.house.close();
  });
  afterEach(async () => {
    await scene.house.settle();
    expect(await scene.differences()).toEqual([]);
  });
  beforeEach(async () => {
    // Each story begins on a Monday at ten in Berlin.
    const monday = new Date(Math.ceil((scene.house.now.read().getTime() - MONDAY) / WEEK) * WEEK + MONDAY);
    await scene.house.passTimeUntil(monday);
  });

  const MONDAY = Date.UTC(2026, 5, 8, 8);
  const WEEK = 7 * 24 * 3600_000;
  const hoursOn = (hours: number): string =>
    new Date(Math.floor(scene.house.now.read().getTime() / 1000) * 1000 + hours * 3600_000).toISOString();
  const instant = (text: string | null | undefined): string => (text ?? '').replace(/\.\d+Z$/, '.000Z');

  it('start when it is opened, by the level’s targets on the desk’s calendar', async () => {
    const { number } = await ticketByForm(scene.house);
    const [first, resolution, ...more] = await scene.clocks(number);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      metric: 'firstResponse',
      cycle: 1,
      state: 'running',
      targetSeconds: 8 * 3600,
      policy: 'Standard',
      policyVersion: 1,
      calendar: 'Office hours',
      calendarVersion: 1,
    });
    // Monday 10:00 and eight hours: Tuesday 10:00.
    expect(instant(first?.dueAt)).toBe(hoursOn(24));
    // Three working days: Thursday at five.
    expect(instant(resolution?.dueAt)).toBe(hoursOn(3 * 24 + 7));
    expect(scene.told(number, 'firstResponse')).toEqual(['ClockStarted 1']);
  });

  it('run on the calendar of the level where it has one', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    const first = await scene.clock(number, 'firstResponse');
    expect(first).toMatchObject({ calendar: '24x7', targetSeconds: 3600 });
    expect(instant(first?.dueAt)).toBe(hoursOn(1));
  });

  it('tell the customer what is promised, in the receipt', async () => {
    const before = (await lettersTo(scene.house, carl)).length;
    await ticketByForm(scene.house);
    const letters = await lettersTo(scene.house, carl);
    expect(letters).toHaveLength(before + 1);
    expect(letters.at(-1)?.text).toContain('You will have a first answer by');
  });

  it('stop with the reply of a person, and are put down to the assignee or to who replied', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.passTime('1h');
    await reply(scene.house, number);
    const first = await scene.clock(number, 'firstResponse');
    expect(first).toMatchObject({ state: 'met', breachedAt: null });
    expect(Math.round(first?.elapsedSeconds ?? 0)).toBe(3600);
    const [row] = await scene.house.query(
      `select app_user.email, level from clock join app_user on app_user.id = stopped_by
       where ticket_number = $1 and metric = 'firstResponse'`,
      [number],
    );
    expect(row).toEqual({ email: ann.email, level: 'L3' });
    expect(scene.told(number, 'firstResponse')).toEqual(['ClockStarted 1', 'ClockStopped 1']);
  });

  it('start a next response with the customer’s next question', async () => {
    const { number } = await ticketByForm(scene.house);
    await reply(scene.house, number);
    await scene.house.passTime('1h');
    await customerSays(scene.house, number);
    const next = await scene.clock(number, 'nextResponse');
    expect(next).toMatchObject({ cycle: 1, state: 'running', targetSeconds: 8 * 3600 });
  });

  it('pause while waiting for the customer and go on when he writes', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    await reply(scene.house, number, { setStatus: 'waiting' });
    expect(await scene.clock(number, 'resolution')).toMatchObject({ state: 'paused', dueAt: null });
    await scene.house.passTime('2h');
    await customerSays(scene.house, number);
    const resolution = await scene.clock(number, 'resolution');
    expect(resolution).toMatchObject({ state: 'running' });
    expect(Date.parse(resolution?.dueAt ?? '')).toBeGreaterThan(Date.parse(hoursOn(3.9)));
    expect((await scene.events(number, 'resolution')).map(({ type }) => type)).toEqual([
      'started',
      'paused',
      'resumed',
    ]);
  });

  it('go on after a reopening, with the resolved span deducted', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    await reply(scene.house, number, { setStatus: 'resolved' });
    expect(await scene.clock(number, 'resolution')).toMatchObject({ state: 'met' });
    await scene.house.passTime('6h');
    await customerSays(scene.house, number);
    expect(await scene.clock(number, 'resolution')).toMatchObject({ state: 'running', cycle: 1, breachedAt: null });
    expect(scene.told(number, 'resolution')).toEqual(['ClockStarted 1', 'ClockStopped 1']);
  });

  it('are due from the original start when the level changes, and say why', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.passTime('30m');
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Triage).setLevel(tx, number, 'L1', 'The shop is closed', by));
    const first = await scene.clock(number, 'firstResponse');
    expect(instant(first?.dueAt)).toBe(hoursOn(0.5));
    expect(first).toMatchObject({ calendar: '24x7', targetSeconds: 3600 });
    const [, moved] = await scene.events(number, 'firstResponse');
    expect(moved).toMatchObject({ type: 'moved', data: { targetSeconds: 3600 } });
    expect(moved?.data['why']).toContain('the calendar of the level L1');
  });

  it('are breached at once when the level makes them due in the past, and not any more when it is taken back', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.passTime('2h');
    const set = async (level: string) => {
      const by = await doing(scene.house, ann);
      await scene.do((tx) => scene.house.get(Triage).setLevel(tx, number, level, 'Looked again', by));
    };
    await set('L1');
    const broken = await scene.clock(number, 'firstResponse');
    expect(broken?.breachedAt).toBe(broken?.dueAt);
    expect(instant(broken?.breachedAt)).toBe(hoursOn(-1));
    await set('L3');
    expect(await scene.clock(number, 'firstResponse')).toMatchObject({ state: 'running', breachedAt: null });
    await scene.house.passTimeUntil(new Date(Date.parse(hoursOn(24))));
    expect((await scene.clock(number, 'firstResponse'))?.breachedAt).not.toBeNull();
    expect(scene.told(number, 'firstResponse')).toEqual(
      expect.arrayContaining(['ClockStarted 1', 'ClockBreached 1', 'BreachRetracted 1', 'ClockBreached 2']),
    );
    const breached = (await scene.events(number, 'firstResponse')).find(({ type }) => type === 'breached');
    expect(breached).toMatchObject({ type: 'breached', data: { because: 'reclassification' } });
  });

  it('take a breach back when a reply stamped before the due instant is committed after it', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    await scene.house.passTime('59m');
    const by = await doing(scene.house, ann);
    await scene.house.passTime('2m');
    expect(scene.told(number, 'firstResponse').at(-1)).toBe('ClockBreached 1');
    await scene.do((tx) =>
      scene.house.get(TicketJournal).record(tx, number, 'agentReply', { ...by, data: { message: 'the late one' } }),
    );
    expect(await scene.clock(number, 'firstResponse')).toMatchObject({
      state: 'met',
      breachedAt: null,
      stoppedAt: by.at.toISOString(),
    });
    expect(scene.told(number, 'firstResponse').slice(-2)).toEqual(['BreachRetracted 1', 'ClockStopped 2']);
  });

  it('open a second breach after one that a late event took back', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    await scene.house.passTime('3h');
    const by = await doing(scene.house, ann);
    await scene.house.passTime('2h');
    expect(scene.told(number, 'resolution').at(-1)).toBe('ClockBreached 1');
    const said = { status: 'waiting', from: 'new' } as const;
    await scene.do((tx) => scene.house.get(TicketJournal).record(tx, number, 'status', { ...by, data: said }));
    expect(await scene.clock(number, 'resolution')).toMatchObject({ state: 'paused', breachedAt: null });
    expect(scene.told(number, 'resolution').at(-1)).toBe('BreachRetracted 1');
    const again = await doing(scene.house, ann);
    const goesOn = { status: 'open', from: 'waiting' } as const;
    await scene.do((tx) => scene.house.get(TicketJournal).record(tx, number, 'status', { ...again, data: goesOn }));
    await scene.house.passTime('2h');
    expect(scene.told(number, 'resolution').at(-1)).toBe('ClockBreached 2');
  });

  it('withdraw a clock that never was, and bring it back if it was after all', async () => {
    const { number } = await ticketByForm(scene.house);
    await reply(scene.house, number);
    await scene.house.passTime('1h');
    const asked = await doing(scene.house, ann);
    await scene.house.passTime('1h');
    await customerSays(scene.house, number);
    await scene.house.passTime('1h');
    await reply(scene.house, number);
    await customerSays(scene.house, number);
    expect((await scene.clocks(number)).filter(({ metric }) => metric === 'nextResponse')).toHaveLength(2);
    // It comes to light that the ticket was resolved all the while: nothing of the sort changes, cycles stay.
    await scene.do((tx) =>
      scene.house.get(TicketJournal).record(tx, number, 'note', { ...asked, data: { message: 'a late note' } }),
    );
    expect((await scene.clocks(number)).filter(({ metric }) => metric === 'nextResponse')).toHaveLength(2);
    await scene.house.query(
      `delete from ticket_event where id = (select id from ticket_event where ticket_number = $1 and type = 'customerMessage'
       order by id desc limit 1)`,
      [number],
    );
    await scene.do((tx) =>
      scene.house.get(TicketJournal).record(tx, number, 'note', { ...asked, data: { message: 'another' } }),
    );
    expect((await scene.clocks(number)).filter(({ metric }) => metric === 'nextResponse')).toHaveLength(1);
    expect(scene.told(number, 'nextResponse').at(-1)).toBe('ClockCancelled 1');
    await customerSays(scene.house, number);
    expect(await scene.clock(number, 'nextResponse')).toMatchObject({ cycle: 2, state: 'running' });
  });

  it('are cancelled with a merging and come back with its undoing', async () => {
    const { number: target } = await ticketByForm(scene.house);
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Merging).merge(tx, number, target, by));
    expect((await scene.clocks(number)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    expect((await scene.clocks(target)).map(({ state }) => state)).toEqual(['running', 'running']);
    await scene.house.passTime('2h');
    expect(scene.told(number, 'firstResponse')).toEqual(['ClockStarted 1', 'ClockCancelled 1']);
    const later = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Merging).undo(tx, number, later));
    expect(await scene.clock(number, 'firstResponse')).toMatchObject({ state: 'running' });
    expect(scene.told(number, 'firstResponse').at(-1)).toBe('ClockBreached 1');
  });

  it('tell a breach anew that was called off with spam', async () => {
    const { number } = await ticketByForm(scene.house, { subject: 'Everything is down' });
    await scene.house.passTime('2h');
    const spam = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(StatusChanges).choose(tx, number, 'spam', spam));
    expect(scene.told(number, 'firstResponse').at(-1)).toBe('ClockCancelled 1');
    const later = await doing(scene.house, ann);
    await scene.do((tx) =>
      scene.house.get(StatusChanges).apply(tx, number, { cause: 'not-spam', before: 'new' }, later),
    );
    expect(scene.told(number, 'firstResponse').at(-1)).toBe('ClockBreached 2');
  });

  it('have no first response where staff open it for themselves', async () => {
    const { number } = await ticketByAgent(scene.house, { requester: ann });
    expect((await scene.clocks(number)).map(({ metric }) => metric)).toEqual(['resolution']);
  });

  it('are due when a manager says so, with the reason', async () => {
    const { number } = await ticketByForm(scene.house);
    const by = await doing(scene.house, mia);
    const dueAt = new Date(Date.parse(hoursOn(48)));
    await scene.do((tx) =>
      scene.house.get(ManualDue).set(tx, number, { metric: 'resolution', dueAt, reason: 'Agreed by phone' }, by),
    );
    expect(await scene.clock(number, 'resolution')).toMatchObject({ dueAt: dueAt.toISOString() });
    const later = await doing(scene.house, mia);
    await scene.do((tx) =>
      scene.house.get(ManualDue).remove(tx, number, { metric: 'resolution', reason: 'Changed' }, later),
    );
    expect(instant((await scene.clock(number, 'resolution'))?.dueAt)).toBe(hoursOn(3 * 24 + 7));
  });

  it('stamp the level and the assignee of the day on what has ended', async () => {
    const { number } = await ticketByForm(scene.house);
    await reply(scene.house, number);
    await scene.house.query(
      `update ticket set assignee_id = (select id from app_user where email = $2) where number = $1`,
      [number, bob.email],
    );
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Triage).setLevel(tx, number, 'L1', 'Now it is', by));
    const rows = await scene.house.query(
      `select metric, clock.level, app_user.email from clock left join app_user on app_user.id = assignee_id
       where ticket_number = $1 order by metric`,
      [number],
    );
    expect(rows).toEqual([
      { metric: 'firstResponse', level: 'L3', email: ann.email },
      { metric: 'resolution', level: 'L1', email: bob.email },
    ]);
  });

  describe('when what is promised changes', () => {
    it('are counted anew while they run, and keep their version when they have ended', async () => {
      const { number } = await ticketByForm(scene.house);
      await reply(scene.house, number);
      await scene.do((tx) =>
        scene.house.get(Policies).save(tx, { ...STANDARD, targets: { nextResponse: 480, resolution: 960 } }, theStory),
      );
      await scene.house.settle();
      expect(await scene.clock(number, 'firstResponse')).toMatchObject({ state: 'met', policyVersion: 1 });
      const resolution = await scene.clock(number, 'resolution');
      expect(resolution).toMatchObject({ policyVersion: 2, targetSeconds: 16 * 3600 });
      expect(instant(resolution?.dueAt)).toBe(hoursOn(48));
      expect((await scene.events(number, 'resolution')).at(-1)?.data['why']).toBe('policy Standard became version 2');
      const events = await scene.house.query(
        `select data from ticket_event where ticket_number = $1 and type = 'policy'`,
        [number],
      );
      expect(events).toHaveLength(2);
      await scene.do((tx) => scene.house.get(Policies).save(tx, STANDARD, theStory));
    });

    it('follow a new version of their calendar', async () => {
      const { number } = await ticketByForm(scene.house);
      const calendars = scene.house.get(Calendars);
      const stored = await calendars.byName(scene.house.database, 'Office hours');
      const tuesday = hoursOn(24).slice(0, 10);
      await scene.do((tx) =>
        calendars.save(tx, { ...stored!.definition, name: 'Office hours', holidays: [tuesday] }, theStory),
      );
      await scene.house.settle();
      const first = await scene.clock(number, 'firstResponse');
      expect(first).toMatchObject({ calendarVersion: 2 });
      expect(instant(first?.dueAt)).toBe(hoursOn(48));
      await scene.do((tx) => calendars.save(tx, { ...stored!.definition, name: 'Office hours' }, theStory));
    });

    it('leaves everything alone where nothing has changed', async () => {
      const [before] = await scene.house.query(`select count(*) from recomputation`);
      await scene.house.settle();
      expect(await scene.house.query(`select count(*) from recomputation`)).toEqual([before]);
    });
  });
});
