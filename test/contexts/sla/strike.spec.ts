import { EventBus } from '../../../src/platform/events/event-bus.js';
import { ClockBreached } from '../../../src/sla/clock-events.js';
import { DueClockTimer } from '../../../src/sla/due-clock-timer.js';
import { StrikeDueClocks } from '../../../src/sla/strike-due-clocks.job.js';
import { Assignment } from '../../../src/tickets/assignment.js';
import { ann } from '../../support/people.js';
import { doing, lettersTo, ticketByForm } from '../../support/tickets.js';
import { Scene } from './scene.js';

describe('due clocks', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
  });
  afterAll(async () => {
    await scene.house.close();
  });
  beforeEach(async () => {
    // Nobody but the story's own clocks falls due.
    await scene.house.query(`truncate ticket, outgoing_mail cascade`);
    scene.heard.length = 0;
  });
  afterEach(async () => {
    expect(await scene.differences()).toEqual([]);
  });

  const urgent = async (): Promise<number> =>
    (await ticketByForm(scene.house, { subject: 'Everything is down' })).number;

  it('warn and breach at their own instants, however late anybody looks', async () => {
    const number = await urgent();
    await scene.house.passTime('3h');
    const first = await scene.clock(number, 'firstResponse');
    const startedAt = Date.parse(first?.startedAt ?? '');
    const minutes = (amount: number): string => new Date(startedAt + amount * 60_000).toISOString();
    expect(first).toMatchObject({
      state: 'running',
      breachedAt: minutes(60),
      warnings: [
        { percent: 50, at: minutes(30) },
        { percent: 75, at: minutes(45) },
        { percent: 90, at: minutes(54) },
      ],
    });
    expect((await scene.events(number, 'firstResponse')).map(({ type, at }) => [type, at.toISOString()])).toEqual([
      ['started', minutes(0)],
      ['warned', minutes(30)],
      ['warned', minutes(45)],
      ['warned', minutes(54)],
      ['breached', minutes(60)],
    ]);
  });

  it('warn the assignee by a letter, once for each warning, and nobody where there is none', async () => {
    const number = await urgent();
    await urgent();
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Assignment).assign(tx, number, ann.email, by));
    await scene.house.passTime('31m');
    await scene.house.passTime('15m');
    const letters = await lettersTo(scene.house, ann);
    expect(letters.map(({ subject }) => subject.slice(0, subject.indexOf('is due') + 6))).toEqual([
      `50 % used: a first answer on #${number} is due`,
      `75 % used: a first answer on #${number} is due`,
    ]);
    expect(letters[0]?.text).toContain(`http://desk.test/tickets/${number}`);
    expect(letters[0]?.headers['Auto-Submitted']).toBe('auto-generated');
  });

  it('write one letter for warnings that are found together', async () => {
    const number = await urgent();
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Assignment).assign(tx, number, ann.email, by));
    await scene.house.passTime('55m');
    expect((await lettersTo(scene.house, ann)).map(({ subject }) => subject.slice(0, 4))).toEqual(['90 %']);
  });

  it('are struck once each by many workers at the same time', async () => {
    for (let i = 0; i < 30; i++) await urgent();
    scene.house.now.move(61 * 60_000);
    const strike = scene.house.get(StrikeDueClocks);
    const counts = await Promise.all(Array.from({ length: 6 }, () => strike.sweep()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30);
    const breaches = scene.heard.filter((fact) => fact instanceof ClockBreached);
    expect(breaches).toHaveLength(30);
    expect(new Set(breaches.map(({ clock }) => clock)).size).toBe(30);
    expect(await strike.sweep()).toBe(0);
    const [incidents] = await scene.house.query<{ count: string }>(`select count(*) from incident`);
    expect(Number(incidents?.count)).toBe(30);
  });

  it('leave a clock that cannot be struck aside, strike the others, and try it again', async () => {
    const numbers: number[] = [];
    for (let i = 0; i < 9; i++) numbers.push(await urgent());
    const sick = numbers[4] ?? 0;
    let poisoned = true;
    scene.house.get(EventBus).follow(ClockBreached, async (_, facts) => {
      if (poisoned && facts.some(({ ticket }) => ticket === sick)) throw new Error('The poison works.');
    });
    await scene.house.passTime('61m');
    for (const number of numbers) {
      const [row] = await scene.house.query<{ at: Date | null }>(
        `select breached_at as at from clock where ticket_number = $1 and metric = 'firstResponse'`,
        [number],
      );
      expect(row?.at === null).toBe(number === sick);
    }
    const strike = scene.house.get(StrikeDueClocks);
    expect(await strike.setAside()).toMatchObject([
      { ticket: sick, metric: 'firstResponse', because: 'The poison works.' },
    ]);
    expect(scene.told(sick, 'firstResponse')).toContain('ClockSetAside 1');
    // What is shown is right all the same: instants decide.
    expect((await scene.clock(sick, 'firstResponse'))?.breachedAt).not.toBeNull();

    poisoned = false;
    await scene.house.passTime('1m');
    expect(await strike.setAside()).toEqual([]);
    expect((await scene.events(sick, 'firstResponse')).filter(({ type }) => type === 'breached')).toHaveLength(1);
  });

  it('are not held up by a clock whose ticket somebody is working on', async () => {
    const held = await urgent();
    const free = await urgent();
    scene.house.now.move(61 * 60_000);
    await scene.do(async (tx) => {
      await tx.query(`select from clock where ticket_number = $1 for update`, [held]);
      await scene.house.get(StrikeDueClocks).sweep();
    });
    expect(scene.told(free, 'firstResponse')).toContain('ClockBreached 1');
    expect(scene.told(held, 'firstResponse')).not.toContain('ClockBreached 1');
    await scene.house.settle();
    expect(scene.told(held, 'firstResponse')).toContain('ClockBreached 1');
  });

  it('wake a worker at the very moment', async () => {
    const number = await urgent();
    scene.house.now.move(29 * 60_000 + 59_000);
    const timer = scene.house.get(DueClockTimer);
    await timer.start();
    const deadline = performance.now() + 5_000;
    while (performance.now() < deadline) {
      if (scene.told(number, 'firstResponse').includes('ClockWarned 1')) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await timer.stop();
    expect(scene.told(number, 'firstResponse')).toContain('ClockWarned 1');
    const [warned] = await scene.house.query<{ late: number }>(
      `select extract(epoch from recorded_at - at)::float8 as late from clock_event where type = 'warned' and ticket_number = $1`,
      [number],
    );
    expect(warned?.late).toBeGreaterThanOrEqual(0);
  });
});
