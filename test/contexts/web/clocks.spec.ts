import { Users } from '../../../src/identity/users.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { ClockBreached } from '../../../src/sla/clock-events.js';
import { Policies } from '../../../src/sla/policies.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { Teams } from '../../../src/teams/teams.js';
import { House } from '../../support/house.js';
import { adam, ann, mia } from '../../support/people.js';
import { furnish, reply, ticketByForm } from '../../support/tickets.js';
import { Visitor, wordsOf } from '../../support/visitor.js';

const PASSWORD = 'a password that is long enough';
const theStory = { name: 'the story' };

describe('the pages about clocks', () => {
  let house: House;
  let agent: Visitor;
  let manager: Visitor;
  let admin: Visitor;

  beforeAll(async () => {
    house = await House.openForBusiness();
    await furnish(house);
    const enter = async (email: string): Promise<Visitor> => {
      const saved = await house.get(Users).byEmail(email);
      await house.transaction((tx) => house.get(Users).setPassword(tx, saved?.id ?? '', PASSWORD, theStory));
      const visitor = new Visitor(house);
      await visitor.signIn(email, PASSWORD);
      return visitor;
    };
    agent = await enter(ann.email);
    manager = await enter(mia.email);
    admin = await enter(adam.email);
    await house.transaction((tx) =>
      house.get(Teams).save(tx, { name: 'Network', members: [ann.email], handling: 120 }, theStory),
    );
    await house.settle();
  });
  afterAll(() => house.close());

  const urgent = async (): Promise<number> => (await ticketByForm(house, { subject: 'Everything is down' })).number;

  it('tell on the ticket that a due instant has moved, and why', async () => {
    const { number } = await ticketByForm(house);
    await agent.open(`/tickets/${number}`);
    await agent.send(`/tickets/${number}/level`, { level: 'L1', reason: 'The shop is closed' });
    const page = wordsOf(await agent.open(`/tickets/${number}`));
    expect(page).toMatch(/Resolution: due moved from .* to .*, because the level changed: /);
    expect(page).toContain('Requester wait');
    const account = wordsOf(await agent.open(`/tickets/${number}/clocks`));
    expect(account).toMatch(/Due moved from .* to .*, because the level changed: /);
    expect(account).toContain('Measured, without a target');
  });

  it('let a manager, and no agent, set a due date with a reason and take it back', async () => {
    const number = await urgent();
    expect(wordsOf(await agent.open(`/tickets/${number}/clocks`))).not.toContain('A due date by hand');
    await manager.open(`/tickets/${number}/clocks`);
    const due = new Date(house.now.read().getTime() + 5 * 24 * 3600_000).toISOString().slice(0, 10);
    const set = await manager.send(`/tickets/${number}/due-dates`, {
      metric: 'resolution',
      dueAt: `${due}T18:00`,
      reason: 'Agreed by phone',
    });
    expect(wordsOf(set)).toContain('until you take that back');
    const [row] = await house.query<{ due: Date; byHand: Date }>(
      `select due_at as due, manual_due_at as "byHand" from clock where ticket_number = $1 and metric = 'resolution'`,
      [number],
    );
    expect(row?.due).toEqual(row?.byHand);
    expect(wordsOf(await agent.open(`/tickets/${number}`))).toContain('the due date was set by hand (Agreed by phone)');

    await manager.open(`/tickets/${number}/clocks`);
    await manager.send(`/tickets/${number}/due-dates/removal`, { metric: 'resolution', reason: 'Not any more' });
    expect(
      await house.query(`select manual_due_at as at from clock where ticket_number = $1 and metric = 'resolution'`, [
        number,
      ]),
    ).toEqual([{ at: null }]);
    await manager.open(`/tickets/${number}/clocks`);
    const tooFar = await manager.send(`/tickets/${number}/due-dates`, {
      metric: 'resolution',
      dueAt: '2996-12-24T18:00',
      reason: 'Never',
    });
    expect(tooFar.status).toBe(422);
  });

  it('show a clock that could not be judged, why, and try it again', async () => {
    const number = await urgent();
    let poisoned = true;
    house.get(EventBus).follow(ClockBreached, async (_, facts) => {
      if (poisoned && facts.some(({ ticket }) => ticket === number)) throw new Error('The poison works.');
    });
    await house.passTime('61m');
    expect(wordsOf(await admin.open('/admin'))).toMatch(/Clocks set aside 1/);
    const list = await admin.open('/admin/clocks');
    expect(wordsOf(list)).toContain('The poison works.');
    expect(wordsOf(await agent.open(`/tickets/${number}`))).toContain('could not be judged when its moment came');
    expect(wordsOf(await agent.open(`/tickets/${number}/clocks`))).toContain('The poison works.');
    expect((await agent.open('/admin/clocks')).status).toBe(403);

    const [action = ''] = /\/admin\/clocks\/\d+\/retry/.exec(list.body) ?? [];
    await admin.open('/admin/clocks');
    expect(wordsOf(await admin.send(action))).toContain('It still does not work');
    poisoned = false;
    expect(wordsOf(await admin.send(action))).toContain('It works now.');
    expect(wordsOf(await admin.open('/admin/clocks'))).toContain('Every clock whose moment came has been judged');
    expect(
      await house.query(`select data from audit_entry where action = 'clocks.triedAgain' order by at, id`),
    ).toHaveLength(2);
  });

  it('show tickets whose clocks could not be counted anew, and count them when they can be', async () => {
    const { number } = await ticketByForm(house);
    const stored = await house.get(Policies).byName(house.database, 'Default');
    const rare = { name: 'Rare', timezone: 'UTC', week: { mon: [['09:00', '09:01']] as [string, string][] } };
    await house.transaction(async (tx) => {
      await house.get(Calendars).save(tx, rare, theStory);
      await house
        .get(Policies)
        .save(tx, { name: 'Default', calendar: 'Rare', targets: { firstResponse: 500_000 } }, theStory);
    });
    await house.settle();
    expect(wordsOf(await admin.open('/admin/clocks'))).toContain(`#${number}`);
    expect(wordsOf(await agent.open(`/tickets/${number}`))).toContain('could not be counted anew');
    await admin.open('/admin/clocks');
    expect(wordsOf(await admin.send(`/admin/clocks/tickets/${number}/retry`))).toContain('It still does not work');

    await house.transaction((tx) => house.get(Policies).save(tx, stored!, theStory));
    await house.settle();
    expect(await house.query(`select * from uncounted_ticket`)).toEqual([]);
    expect(wordsOf(await admin.open('/admin/clocks'))).toContain('all clocks could be counted anew');
  });

  it('explain to everybody how time is counted, with an account that adds up', async () => {
    const page = await new Visitor(house).open('/sla/how-we-count');
    expect(page.status).toBe(200);
    const words = wordsOf(page);
    // Friday 15:30 to 17:00 and Monday 09:00 to 10:15: two and three quarter hours of four.
    expect(words).toContain('2 hours 45 minutes used');
    // After the pause 14:00 to 17:00 and 09:00 to 13:00 more: nine and three quarters of eight.
    expect(words).toContain('9 hours 45 minutes used');
    expect((await new Visitor(house).open('/sla')).body).toContain('href="/sla/how-we-count"');
  });

  it('tell programs what is measured and give tickets to teams', async () => {
    const { number } = await ticketByForm(house);
    const changed = await house.api.patch(`/tickets/${number}`, { team: 'Network' });
    expect(changed.body).toMatchObject({ team: 'Network' });
    await house.passTime('10m');
    await reply(house, number);
    const { body } = await house.api.get(`/tickets/${number}/clocks`);
    expect(body).toMatchObject({
      nextCursor: null,
      measures: { requesterWait: { counting: true }, agentWork: { counting: true }, handling: [{ team: 'Network' }] },
    });
    expect((await house.api.patch(`/tickets/${number}`, { team: 'Nobody' })).status).toBe(422);
    expect((await house.api.patch(`/tickets/${number}`, { team: null })).body).toMatchObject({ team: null });
  });
});
