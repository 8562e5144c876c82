import { RecomputeClocks } from '../../../src/sla/recompute-clocks.job.js';
import { Calendars } from '../../../src/support-hours/calendars.js';
import { Triage } from '../../../src/tickets/triage.js';
import { RequestIntake } from '../../../src/tickets/request-intake.js';
import { ann, carl } from '../../support/people.js';
import { doing, ticketByForm } from '../../support/tickets.js';
import { Scene, theStory } from './scene.js';

const COPIES = 600;

describe('a recomputation', () => {
  let scene: Scene;
  let dates = 0;
  beforeEach(async () => {
    dates = 0;
    scene = await Scene.open();
  });
  afterEach(async () => {
    await scene.house.close();
  });

  /** Each time another date is closed. */
  async function addAHoliday(): Promise<void> {
    const calendars = scene.house.get(Calendars);
    const stored = await calendars.byName(scene.house.database, 'Office hours');
    dates += 1;
    const day = new Date(scene.house.now.read().getTime() + dates * 86_400_000).toISOString().slice(0, 10);
    const holidays = [...(stored?.definition.holidays ?? []), day];
    await scene.do((tx) => calendars.save(tx, { name: 'Office hours', ...stored!.definition, holidays }, theStory));
  }

  /** Until one connection waits for what another holds. */
  async function somebodyWaits(): Promise<void> {
    for (;;) {
      const waiting = await scene.house.query(`select from pg_locks where locktype = 'advisory' and not granted`);
      if (waiting.length > 0) return;
    }
  }

  /** The same ticket again and again, with its history and its clocks. */
  async function copy(number: number): Promise<void> {
    const columns = async (table: string, without: string): Promise<string> => {
      const rows = await scene.house.query<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'public' and table_name = $1 and column_name <> $2 and is_generated = 'NEVER'
           and identity_generation is distinct from 'ALWAYS'`,
        [table, without],
      );
      return rows.map(({ name }) => `"${name}"`).join(', ');
    };
    const ticket = await columns('ticket', 'number');
    await scene.house.query(
      `insert into ticket (${ticket}) select ${ticket} from ticket cross join generate_series(1, ${COPIES}) where number = $1`,
      [number],
    );
    for (const table of ['ticket_event', 'clock']) {
      const list = await columns(table, 'ticket_number');
      await scene.house.query(
        `insert into ${table} (ticket_number, ${list})
         select number, ${list.replaceAll(/"(\w+)"/g, 'it."$1"')} from ticket join ${table} as it on it.ticket_number = $1
         where number > $1 order by number, it.id`,
        [number],
      );
    }
  }

  it('is shared by workers, and leaves what a replay of every history gives', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.settle();
    await copy(number);
    await addAHoliday();
    const job = scene.house.get(RecomputeClocks);

    const handled = await Promise.all([job.sweep(), job.sweep()]);

    expect(handled[0] + handled[1]).toBe(COPIES + 1);
    expect(await job.progress()).toMatchObject({ total: COPIES + 1, done: COPIES + 1, finishedAt: expect.any(Date) });
    const [left] = await scene.house.query(
      `select count(*)::integer as behind from clock join calendar on calendar.id = calendar_id
       where state = 'running' and calendar_version <> current_version`,
    );
    expect(left).toEqual({ behind: 0 });
    expect(await scene.house.query('select from recomputation_part')).toEqual([]);
    expect(await scene.differences()).toEqual([]);
  });

  it('tells of each due instant that moved, and why', async () => {
    const { number } = await ticketByForm(scene.house);
    await scene.house.settle();
    await addAHoliday();
    await scene.house.settle();
    const moves = (await scene.events(number, 'firstResponse')).filter(({ type }) => type === 'moved');
    expect(moves).toHaveLength(1);
    expect(moves[0]?.data['why']).toEqual(expect.stringContaining('Office hours'));
    const [calendars] = await scene.house.query(
      `select count(*)::integer as written from ticket_event where ticket_number = $1 and type = 'calendar'`,
      [number],
    );
    expect(calendars).toEqual({ written: 2 });
  });

  it('looks only at tickets that the changed calendar counts', async () => {
    const { number: byTheOffice } = await ticketByForm(scene.house);
    const { number: roundTheClock } = await ticketByForm(scene.house);
    const by = await doing(scene.house, ann);
    await scene.do((tx) => scene.house.get(Triage).setLevel(tx, roundTheClock, 'L1', 'Everything stands still', by));
    await scene.house.settle();
    const calendarsOf = await scene.house.query<{ ticket: number; calendars: number }>(
      `select ticket_number as ticket, count(distinct calendar_id)::integer as calendars from clock group by 1 order by 1`,
    );
    expect(calendarsOf.map(({ ticket }) => ticket)).toEqual([byTheOffice, roundTheClock]);
    await addAHoliday();
    await scene.house.settle();
    expect(await scene.house.get(RecomputeClocks).progress()).toMatchObject({ total: 1, done: 1 });
    expect(await scene.differences()).toEqual([]);
  });

  it('waits for a ticket that is being opened by what was promised before', async () => {
    await ticketByForm(scene.house);
    await scene.house.settle();
    const job = scene.house.get(RecomputeClocks);
    const order: string[] = [];
    let sweep: Promise<unknown> = Promise.resolve();
    await scene.do(async (tx) => {
      await scene.house.get(RequestIntake).submit(tx, {
        ...{
          name: carl.name,
          email: carl.email,
          subject: 'In this very moment',
          body: 'Somebody changes the calendar.',
        },
      });
      await addAHoliday();
      sweep = job.sweep().then(() => order.push('counted'));
      await somebodyWaits();
      order.push('opened');
    });
    await sweep;
    expect(order).toEqual(['opened', 'counted']);
    expect(await job.progress()).toMatchObject({ total: 2, done: 2 });
    const [left] = await scene.house.query(
      `select count(*)::integer as behind from clock join calendar on calendar.id = calendar_id
       where state = 'running' and calendar_version <> current_version`,
    );
    expect(left).toEqual({ behind: 0 });
  });

  it('leaves a part to the worker that holds it, and takes it when that one is gone', async () => {
    await ticketByForm(scene.house);
    await scene.house.settle();
    await addAHoliday();
    const job = scene.house.get(RecomputeClocks);
    await expect(
      scene.house.transaction(async (tx) => {
        // Asked for by this look, whose own work begins only after it.
        await (job as unknown as { beginIfDue(): Promise<void> }).beginIfDue();
        await tx.query('select from recomputation_part for update');
        expect(await job.sweep()).toBe(0);
        expect(await job.progress()).toMatchObject({ total: 1, done: 0, finishedAt: null });
        throw new Error('The worker dies.');
      }),
    ).rejects.toThrow('The worker dies.');
    expect(await job.sweep()).toBe(1);
    expect(await job.progress()).toMatchObject({ total: 1, done: 1, finishedAt: expect.any(Date) });
    expect(await scene.differences()).toEqual([]);
  });
});
