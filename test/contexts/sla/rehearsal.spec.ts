import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import type { Transaction } from '../../../src/platform/database/transaction.js';
import { ClockKeeper, type Foreseen } from '../../../src/sla/clock-keeper.js';
import { impactInWords } from '../../../src/sla/impact-in-words.js';
import { Policies } from '../../../src/sla/policies.js';
import { Rehearsal } from '../../../src/sla/rehearsal.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { House } from '../../support/house.js';
import { hire } from '../../support/people.js';
import { customerSays, reply, ticketByAgent, ticketByForm } from '../../support/tickets.js';

type Row = Record<string, unknown> & { ticket: number; metric: string; cycle: number };

const theStory = { name: 'the story' };
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;

/** Tickets of all levels in all states, and changes of what is promised to them. */
describe('a rehearsal', () => {
  let house: House;
  let rehearsal: Rehearsal;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T08:00:00Z', env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    rehearsal = house.get(Rehearsal);
    await hire(house);
    await apply({
      calendars: [{ name: 'Early shift', timezone: 'Europe/Berlin', week: weekOf('06:00', '14:00') }],
      policies: [
        { name: 'Hurried', match: { level: ['L2'] }, targets: { firstResponse: 60, nextResponse: 120 } },
        { name: 'Default', targets: { nextResponse: 480, update: 960 } },
      ],
    });
    for (let i = 0; i < 16; i++) {
      const level = `L${1 + (i % 4)}`;
      const { number } = await ticketByAgent(house, { level, subject: `Ticket ${i}` });
      house.now.move(35 * 60_000);
      if (i % 3 === 0) await reply(house, number, i % 2 === 0 ? { setStatus: 'waiting' } : {});
      if (i % 5 === 0) await customerSays(house, number);
      if (i % 8 === 6) await reply(house, number, { setStatus: 'resolved' });
    }
    await house.passTime('20h');
  }, 120_000);
  afterAll(() => house.close());

  const weekOf = (from: string, to: string) => Object.fromEntries(DAYS.map((day) => [day, [[from, to]]]));
  const read = (file: object) => readDeskFile(JSON.stringify(file));
  const change = (file: object) => (tx: Transaction) => house.get(DeskFiles).apply(tx, read(file), theStory);
  const apply = async (file: object): Promise<void> => {
    await house.transaction(change(file));
    await house.settle();
  };
  const rowsOf = async (): Promise<Row[]> =>
    house.query<Row>(
      `select ticket_number as ticket, metric, cycle, state, due_at as "dueAt", breached_at as "breachedAt", judgement,
         target_seconds as "targetSeconds", elapsed_seconds as "elapsedSeconds", policy_version as "policyVersion",
         calendar_version as "calendarVersion", next_moment_at as "nextMomentAt", stopped_at as "stoppedAt"
       from clock order by ticket_number, metric, cycle`,
    );
  /** All that a rehearsal must leave as it was. */
  const everything = async (): Promise<string> => {
    const tables = ['clock', 'clock_event', 'ticket_event', 'ticket', 'policy', 'policy_version', 'calendar_version'];
    const more = ['level', 'desk', 'audit_entry', 'outgoing_mail', 'incident', 'recomputation'];
    const contents = [];
    for (const table of [...tables, ...more]) {
      contents.push(
        await house.query(`select to_jsonb(${table}) as row from ${table} order by to_jsonb(${table})::text`),
      );
    }
    return createHash('sha256').update(JSON.stringify(contents)).digest('hex');
  };
  const latestEvent = async (): Promise<string> => {
    const [row] = await house.query<{ id: string }>(`select coalesce(max(id), 0) as id from clock_event`);
    return row?.id ?? '0';
  };

  /** Clock by clock, in a transaction that is undone. */
  const foreseen = async (file: object): Promise<readonly Foreseen[]> => {
    const undone = new Error('undone');
    let found: Foreseen[] = [];
    await house
      .transaction(async (tx) => {
        await change(file)(tx);
        const tickets = await tx.query<{ number: number }>(
          `select distinct ticket_number as number from clock where state in ('running', 'paused') order by 1`,
        );
        found = await house.get(ClockKeeper).foresee(
          tx,
          tickets.map(({ number }) => number),
        );
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
    return found;
  };

  const hour = (n: number) => `${String(n).padStart(2, '0')}:00`;
  const target = fc.oneof(
    fc.integer({ min: 1, max: 3000 }),
    fc.constant(null),
    fc.integer({ min: 1, max: 6 }).map((workingDays) => ({ workingDays })),
  );
  const metric = fc.constantFrom('firstResponse', 'nextResponse', 'update', 'resolution');
  const calendar = fc.constantFrom('24x7', 'Office hours', 'Early shift');
  const level = fc.constantFrom('L1', 'L2', 'L3', 'L4');
  const changes: fc.Arbitrary<object> = fc.oneof(
    fc.record({ metric, target }).map(({ metric: of, target: to }) => ({
      policies: [{ name: 'Default', targets: { nextResponse: 480, update: 960, [of]: to } }],
    })),
    fc.record({ from: fc.integer({ min: 5, max: 11 }), hours: fc.integer({ min: 2, max: 12 }) }).map((open) => ({
      calendars: [
        {
          name: 'Office hours',
          timezone: 'Europe/Berlin',
          week: weekOf(hour(open.from), hour(open.from + open.hours)),
        },
      ],
    })),
    fc.integer({ min: 1, max: 9 }).map((day) => ({
      calendars: [
        {
          name: 'Office hours',
          timezone: 'Europe/Berlin',
          week: weekOf('09:00', '17:00'),
          holidays: [`2026-06-0${day}`],
        },
      ],
    })),
    // In another order, and with one that matches more.
    fc.record({ of: fc.array(level, { minLength: 1, maxLength: 3 }), target, calendar }).map((given) => ({
      policies: [
        {
          name: 'First of all',
          match: { level: given.of },
          calendar: given.calendar,
          targets: { resolution: given.target },
        },
      ],
    })),
    fc.record({ name: level, calendar, target }).map((given) => ({
      levels: [
        {
          name: given.name,
          title: 'As it is',
          calendar: given.calendar,
          targets: { firstResponse: given.target, resolution: 600 },
        },
      ],
    })),
    calendar.map((name) => ({ desk: { calendar: name } })),
    fc.constantFrom([], ['waiting'], ['waiting', 'on-hold', 'open']).map((resolution) => ({
      policies: [{ name: 'Default', targets: {}, pauses: { resolution } }],
    })),
  );

  it('says exactly what counting all clocks anew then does, clock by clock', async () => {
    let moves = 0;
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 0, max: 300 }), async (file, minutes) => {
        await house.passTime(`${String(minutes)}m`);
        const before = await everything();
        const impact = await rehearsal.of(change(file));
        const clocks = await foreseen(file);
        expect(await everything()).toBe(before);

        const last = await latestEvent();
        const live = (await rowsOf()).filter(({ state }) => state === 'running' || state === 'paused');
        await apply(file);
        const after = await rowsOf();
        for (const { after: foretold } of clocks) {
          const row = after.find(
            ({ ticket, metric: of, cycle }) =>
              ticket === foretold.ticketNumber && of === foretold.metric && cycle === foretold.cycle,
          );
          expect({ ...foretold, ...row }).toEqual({ ...foretold, ticket: foretold.ticketNumber });
        }

        const written = await house.query<{ type: string; count: number }>(
          `select type, count(*)::integer as count from clock_event where id > $1 group by type`,
          [last],
        );
        const did = (...types: string[]): number =>
          written.filter(({ type }) => types.includes(type)).reduce((sum, { count }) => sum + count, 0);
        expect(impact).toMatchObject({ complete: true, uncountable: 0 });
        if (impact.same) expect(written).toEqual([]);
        else expect(impact.clocks).toBeLessThanOrEqual(live.length);
        expect(impact.clocks).toBe(impact.allClocks);
        expect({
          moved: impact.moved,
          breach: impact.breach,
          noLonger: impact.noLonger,
          started: impact.started,
          ended: impact.ended,
        }).toEqual({
          moved: did('moved'),
          breach: did('breached'),
          noLonger: did('retracted'),
          started: did('started', 'restored', 'reopened'),
          ended: did('cancelled', 'withdrawn'),
        });
        expect(impact.earlier + impact.later).toBe(impact.moved);
        for (const { ticket, metric: of, cycle, to } of impact.examples) {
          expect(
            after.find((row) => row.ticket === ticket && row.metric === of && row.cycle === cycle)?.['dueAt'],
          ).toEqual(to);
        }
        moves += impact.moved;
      }),
      { numRuns: 14, seed: 11, endOnFailure: true },
    );
    expect(moves).toBeGreaterThan(20);
    expect(await house.differences()).toEqual([]);
  });

  it('answers at once where nothing that decides promises would change', async () => {
    const impact = await rehearsal.of(change({ queues: [{ name: 'Billing' }], desk: { name: 'Another name' } }));
    // A queue may have a calendar, so one more of them is looked at.
    expect(impact.same).toBe(false);
    expect(impact.moved).toBe(0);

    const same = await rehearsal.of(change({ desk: { name: 'Another name' } }));
    expect(same).toMatchObject({ same: true, complete: true, clocks: 0, moved: 0, examples: [] });
    expect(impactInWords(same)).toEqual(['What is promised stays the same, so no clock moves.']);
  });

  it('says of how many it speaks when time is up', async () => {
    const impact = await rehearsal.of(
      change({ levels: [{ name: 'L1', title: 'Down', targets: { resolution: 7 } }] }),
      0,
    );
    expect(impact).toMatchObject({ complete: false, clocks: 0, moved: 0 });
    expect(impact.allClocks).toBeGreaterThan(0);
    expect(impactInWords(impact)[0]).toContain(`Of the first 0 of ${impact.allClocks} clocks`);
  });

  it('is refused as the change is', async () => {
    await expect(
      rehearsal.of(change({ policies: [{ name: 'Bad', calendar: 'Nowhere', targets: {} }] })),
    ).rejects.toThrow();
  });

  it('holds no ticket and no clock meanwhile', async () => {
    const { number } = await ticketByForm(house);
    await rehearsal.of(async (tx) => {
      await change({ levels: [{ name: 'L3', title: 'Impaired', targets: { firstResponse: 30 } }] })(tx);
      await house.get(ClockKeeper).foresee(tx, [number]);
      await house.transaction(async (other) => {
        await other.query(`set local lock_timeout = '2s'`);
        await other.query(`select from ticket where number = $1 for update`, [number]);
        await other.query(`select from clock where ticket_number = $1 for update`, [number]);
      });
    });
  });

  it('leaves no trace of a calendar that was only tried', async () => {
    const office = (from: string) => ({
      calendars: [{ name: 'Office hours', timezone: 'Europe/Berlin', week: weekOf(from, '20:00') }],
    });
    await rehearsal.of(change(office('06:00')));
    await apply(office('11:00'));
    const hours = await house.transaction(async (tx) => {
      const stored = await house.get(Calendars).byName(tx, 'Office hours');
      return house.get(Calendars).compiled(tx, stored?.id ?? '', stored?.version ?? 0);
    });
    // A Monday at seven in Berlin.
    expect(hours.isOpen(new Date('2026-07-06T05:00:00Z'))).toBe(false);
    expect(await house.differences()).toEqual([]);
  });

  it('names tickets whose clocks cannot be counted under the change', async () => {
    const rare = {
      name: 'Rare',
      timezone: 'Europe/Berlin',
      week: {},
      overrides: { '2026-12-24': [['09:00', '12:00']] },
    };
    const policies = (await house.get(Policies).all(house.database)).map((policy) => ({
      ...policy,
      calendar: 'Rare',
      targets: { resolution: 6000 },
    }));
    const never = { calendars: [rare], policies };
    const impact = await rehearsal.of(change(never));
    expect(impact.uncountable).toBeGreaterThan(0);
    expect(impact.complete).toBe(true);
    expect(impactInWords(impact).at(-1)).toMatch(/^The clocks of \d+ tickets cannot be counted under it/);
  });
});
