import { Measures } from '../../../src/sla/measures.js';
import { Policies } from '../../../src/sla/policies.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { Teams } from '../../../src/teams/teams.js';
import { Assignment } from '../../../src/tickets/assignment.js';
import { ManualDue } from '../../../src/tickets/manual-due.js';
import { Queues } from '../../../src/tickets/queues.js';
import { StatusChanges } from '../../../src/tickets/status-changes.js';
import { Triage } from '../../../src/tickets/triage.js';
import { ann, bob, mia } from '../../support/people.js';
import { customerSays, doing, lettersTo, reply, ticketByForm } from '../../support/tickets.js';
import { Scene, STANDARD, theStory } from './scene.js';

const MONDAY = Date.UTC(2026, 5, 8, 8);
const WEEK = 7 * 24 * 3600_000;

describe('teams and measures', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
    await scene.do(async (tx) => {
      const teams = scene.house.get(Teams);
      await teams.save(tx, { name: 'Network', lead: mia.email, members: [ann.email], handling: 120 }, theStory);
      await teams.save(tx, { name: 'Nights', members: [bob.email], calendar: '24x7', handling: 60 }, theStory);
      await teams.save(tx, { name: 'Quiet' }, theStory);
      await scene.house.get(Queues).save(tx, { name: 'Lines', team: 'Network' }, theStory);
    });
    await scene.house.settle();
  });
  afterAll(async () => {
    await scene.house.close();
  });
  beforeEach(async () => {
    const monday = new Date(Math.ceil((scene.house.now.read().getTime() - MONDAY) / WEEK) * WEEK + MONDAY);
    await scene.house.passTimeUntil(monday);
  });
  afterEach(async () => {
    await scene.house.settle();
    expect(await scene.differences()).toEqual([]);
  });

  const give = async (number: number, team: string | null): Promise<void> => {
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Assignment).giveToTeam(tx, number, team, by));
  };
  const toStatus = async (number: number, status: 'open' | 'waiting' | 'on-hold' | 'resolved'): Promise<void> => {
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(StatusChanges).choose(tx, number, status, by));
  };
  const measures = (number: number) =>
    scene.house.get(Measures).of(scene.house.database, number, scene.house.now.read());
  const hours = (seconds: number | undefined): number => Math.round(((seconds ?? 0) / 3600) * 100) / 100;
  const kept = (number: number) =>
    scene.house.query<{ metric: string; cycle: number; team: string | null; seconds: number }>(
      `select metric, cycle, team, elapsed_seconds as seconds from measure where ticket_number = $1 order by metric, cycle`,
      [number],
    );

  it('count what a team has agreed to from the moment it gets the ticket', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.passTime('1h');
    await give(number, 'Network');
    const handling = await scene.clock(number, 'handling');
    expect(handling).toMatchObject({ cycle: 1, state: 'running', targetSeconds: 7200, calendar: 'Office hours' });
    await scene.house.passTime('1h');
    await give(number, 'Nights');
    expect(await scene.clock(number, 'handling')).toMatchObject({
      cycle: 2,
      state: 'running',
      targetSeconds: 3600,
      calendar: '24x7',
    });
    expect(
      (await scene.clocks(number)).find(({ metric, cycle }) => metric === 'handling' && cycle === 1),
    ).toMatchObject({ state: 'met' });
    expect((await measures(number)).handling.map(({ team, counting }) => [team, counting])).toEqual([
      ['Network', false],
      ['Nights', true],
    ]);
  });

  it('keep what was agreed then, and move what runs when the team agrees on something else', async () => {
    const { number: over } = await ticketByForm(scene.house);
    await give(over, 'Network');
    await scene.house.passTime('30m');
    await give(over, null);
    const { number } = await ticketByForm(scene.house);
    await give(number, 'Network');
    await scene.do((tx) =>
      scene.house
        .get(Teams)
        .save(tx, { name: 'Network', lead: mia.email, members: [ann.email], handling: 240 }, theStory),
    );
    await scene.house.settle();
    expect(await scene.clock(number, 'handling')).toMatchObject({ targetSeconds: 4 * 3600 });
    expect(await scene.clock(over, 'handling')).toMatchObject({ state: 'met', targetSeconds: 7200 });
    const moved = (await scene.events(number, 'handling')).find(({ type }) => type === 'moved');
    expect(moved?.data['why']).toBe('what the team Network has agreed to');
    await scene.do((tx) =>
      scene.house
        .get(Teams)
        .save(tx, { name: 'Network', lead: mia.email, members: [ann.email], handling: 120 }, theStory),
    );
  });

  it('warn the lead of the team as well as the assignee', async () => {
    const before = (await lettersTo(scene.house, mia)).length;
    const { number } = await ticketByForm(scene.house);
    await give(number, 'Network');
    await scene.house.passTime('61m');
    const letters = (await lettersTo(scene.house, mia)).slice(before);
    expect(letters.map(({ subject }) => subject).join('\n')).toContain(`handling by the team on #${number}`);
  });

  it('hand a ticket over with its queue, and release who is no member', async () => {
    const { number } = await ticketByForm(scene.house);
    const by = await doing(scene.house, bob);
    await scene.do((tx) => scene.house.get(Assignment).assign(tx, number, bob.email, by));
    const later = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Triage).setQueue(tx, number, 'Lines', later));
    const [row] = await scene.house.query(
      `select team.name as team, assignee_id as assignee from ticket join team on team.id = team_id where number = $1`,
      [number],
    );
    expect(row).toEqual({ team: 'Network', assignee: null });
    expect(await scene.clock(number, 'handling')).toMatchObject({ state: 'running' });
  });

  it('measure the wait and the work of every ticket, across a reopening', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.passTime('1h');
    await reply(scene.house, number, { setStatus: 'waiting' });
    await scene.house.passTime('1h');
    await customerSays(scene.house, number);
    await scene.house.passTime('1h');
    await toStatus(number, 'on-hold');
    await scene.house.passTime('1h');
    const now = await measures(number);
    expect([hours(now.requesterWait?.seconds), hours(now.agentWork?.seconds)]).toEqual([3, 2]);
    expect([now.requesterWait?.counting, now.agentWork?.counting]).toEqual([true, false]);
    expect(await kept(number)).toEqual([]);

    await toStatus(number, 'resolved');
    expect((await kept(number)).map(({ metric, seconds }) => [metric, hours(seconds)])).toEqual([
      ['agentWork', 2],
      ['requesterWait', 3],
    ]);
    await scene.house.passTime('1h');
    await toStatus(number, 'open');
    expect(await kept(number)).toEqual([]);
    await scene.house.passTime('1h');
    await toStatus(number, 'resolved');
    expect((await kept(number)).map(({ seconds }) => hours(seconds))).toEqual([3, 4]);
  });

  it('keep no measure of spam', async () => {
    const { number } = await ticketByForm(scene.house);
    await toStatus(number, 'resolved');
    expect(await kept(number)).toHaveLength(2);
    await toStatus(number, 'open');
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Triage).markSpam(tx, number, by));
    expect(await kept(number)).toEqual([]);
    expect(await measures(number)).toEqual({ requesterWait: null, agentWork: null, handling: [] });
  });

  it('make clocks of the wait and the work where a policy sets a target, and measures again where it does not', async () => {
    const { number } = await ticketByForm(scene.house);
    const policies = scene.house.get(Policies);
    await scene.do((tx) =>
      policies.save(
        tx,
        { ...STANDARD, targets: { ...STANDARD.targets, requesterWait: 300, agentWork: 120 } },
        theStory,
      ),
    );
    await scene.house.settle();
    expect(await scene.clock(number, 'agentWork')).toMatchObject({ state: 'running', targetSeconds: 7200 });
    await scene.house.passTime('1h');
    await toStatus(number, 'on-hold');
    expect(await scene.clock(number, 'agentWork')).toMatchObject({ state: 'paused', dueAt: null });
    expect(await scene.clock(number, 'requesterWait')).toMatchObject({ state: 'running' });
    await scene.do((tx) => policies.save(tx, STANDARD, theStory));
    await scene.house.settle();
    expect(await scene.clock(number, 'agentWork')).toMatchObject({ state: 'cancelled' });
    expect(hours((await measures(number)).agentWork?.seconds)).toBe(1);
  });

  it('start the clocks of a ticket that was promised nothing once something is promised', async () => {
    const policies = scene.house.get(Policies);
    const nothing = { firstResponse: null, nextResponse: null, update: null, resolution: null };
    await scene.do((tx) => policies.save(tx, { ...STANDARD, targets: nothing }, theStory));
    const { number } = await ticketByForm(scene.house);
    expect(await scene.clocks(number)).toEqual([]);
    await scene.house.passTime('1h');
    await scene.do((tx) => policies.save(tx, STANDARD, theStory));
    await scene.house.settle();
    const first = await scene.clock(number, 'firstResponse');
    expect(first).toMatchObject({ state: 'running' });
    expect(hours(first?.elapsedSeconds)).toBe(1);
  });

  it('say why each due instant moves', async () => {
    const whyOf = async (number: number): Promise<unknown> =>
      (await scene.events(number, 'resolution')).findLast(({ type }) => type === 'moved')?.data['why'];
    const { number } = await ticketByForm(scene.house);
    const by = await doing(scene.house, mia);
    await scene.do((tx) => scene.house.get(Triage).setLevel(tx, number, 'L1', 'It is down', by));
    expect(await whyOf(number)).toContain('the level changed: ');
    expect(await whyOf(number)).toContain('calendar 24x7 holds instead of Office hours');

    const due = await doing(scene.house, mia);
    const dueAt = new Date(scene.house.now.read().getTime() + 48 * 3600_000);
    await scene.do((tx) =>
      scene.house.get(ManualDue).set(tx, number, { metric: 'resolution', dueAt, reason: 'Agreed by phone' }, due),
    );
    expect(await whyOf(number)).toBe('the due date was set by hand (Agreed by phone)');
    const back = await doing(scene.house, mia);
    await scene.do((tx) =>
      scene.house.get(ManualDue).remove(tx, number, { metric: 'resolution', reason: 'No more' }, back),
    );
    expect(await whyOf(number)).toBe('the due date set by hand was taken back (No more)');

    const { number: other } = await ticketByForm(scene.house);
    const calendars = scene.house.get(Calendars);
    const stored = await calendars.byName(scene.house.database, 'Office hours');
    const tuesday = new Date(scene.house.now.read().getTime() + 24 * 3600_000).toISOString().slice(0, 10);
    await scene.do((tx) =>
      calendars.save(tx, { ...stored!.definition, name: 'Office hours', holidays: [tuesday] }, theStory),
    );
    await scene.house.settle();
    expect(await whyOf(other)).toMatch(/^calendar Office hours became version \d+$/);
    await scene.do((tx) => calendars.save(tx, { ...stored!.definition, name: 'Office hours' }, theStory));
  });
});
