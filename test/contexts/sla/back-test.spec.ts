import { ComplianceReport, type ComplianceRow } from '../../../src/reports/compliance.report.js';
import { DeskFiles } from '../../../src/desk-file/desk-files.js';
import { inWords } from '../../../src/desk-file/changes.js';
import { readDeskFile } from '../../../src/desk-file/read.js';
import { BackTests, type BackTest, type BackTestAsked, type BackTestRow } from '../../../src/sla/back-test.js';
import { RunBackTests } from '../../../src/sla/run-back-tests.job.js';
import { Merging } from '../../../src/tickets/merging.js';
import { Triage } from '../../../src/tickets/triage.js';
import { House } from '../../support/house.js';
import { ann, hire } from '../../support/people.js';
import { customerSays, does, reply, ticketByAgent } from '../../support/tickets.js';

const NO_SCOPE = { level: null, queue: null, organisation: null };
const NO_CHANGE = { file: null, policy: null, calendar: null };
const JUNE = { from: new Date('2026-06-01T00:00:00Z'), to: new Date('2026-06-05T00:00:00Z') };

describe('a back-test', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.openForBusiness({ at: '2026-06-01T06:00:00Z', env: { EMERGENCY_EMAIL: 'night@desk.test' } });
    await hire(house);
    await apply({
      policies: [
        { name: 'Hurried', match: { level: ['L2'] }, targets: { firstResponse: 60, nextResponse: 120 } },
        { name: 'Default', targets: { nextResponse: 240 } },
      ],
      levels: [{ name: 'L3', title: 'Impaired', targets: { firstResponse: 120, resolution: 960 } }],
    });
    const numbers: number[] = [];
    for (let i = 0; i < 14; i++) {
      const { number } = await ticketByAgent(house, { level: `L${1 + (i % 4)}`, subject: `Ticket ${i}` });
      numbers.push(number);
      house.now.move((30 + i * 25) * 60_000);
      if (i % 2 === 0) await reply(house, number, i % 4 === 0 ? { setStatus: 'waiting' } : {});
      if (i % 3 === 0) await customerSays(house, number);
      if (i % 5 === 4) await does(house, ann, (tx, by) => house.get(Triage).setLevel(tx, number, 'L1', 'Worse', by));
      if (i % 6 === 2) await reply(house, number, { setStatus: 'resolved' });
    }
    await does(house, ann, (tx, by) => house.get(Merging).merge(tx, numbers[11] ?? 0, numbers[7] ?? 0, by));
    await house.passTimeUntil('2026-06-08T06:00:00Z');
    for (const number of numbers.slice(0, 3)) await reply(house, number, { setStatus: 'resolved' });
    await house.settle();
  }, 120_000);
  afterAll(() => house.close());

  const apply = async (file: object): Promise<void> => {
    await house.transaction((tx) =>
      house.get(DeskFiles).apply(tx, readDeskFile(JSON.stringify(file)), { name: 'test' }),
    );
    await house.settle();
  };
  const ask = async (given: Partial<BackTestAsked> & { change?: object } = {}): Promise<string> => {
    const { change, ...asked } = given;
    const tests = house.get(BackTests);
    const imagined = await tests.imagine(async (tx) =>
      change === undefined
        ? []
        : (await house.get(DeskFiles).apply(tx, readDeskFile(JSON.stringify(change)), { name: 'test' })).map(inWords),
    );
    return house.transaction((tx) =>
      tests.ask(tx, { ...JUNE, scope: NO_SCOPE, whatIf: NO_CHANGE, ...asked }, imagined, 'Mia Manager'),
    );
  };
  const test = async (
    given: Parameters<typeof ask>[0] = {},
  ): Promise<BackTest & { result: readonly BackTestRow[] }> => {
    const id = await ask(given);
    await house.settle();
    const done = await house.get(BackTests).one(house.database, id);
    if (done.result === null) throw new Error(`It has no result: ${done.failedBecause ?? 'not finished'}`);
    return { ...done, result: done.result };
  };
  const bare = ({ met, breached, running, attainment, p50Seconds, p90Seconds }: BackTestRow['before']) => ({
    met,
    breached,
    running,
    attainment,
    p50Seconds,
    p90Seconds,
  });
  /** What is only measured, without a target, is no promise. */
  const promised = (rows: readonly ComplianceRow[]) =>
    rows.filter(({ metric }) => metric !== 'requesterWait' && metric !== 'agentWork');
  const report = async (period: { from: Date; to: Date }, by: 'level' | 'metric') =>
    promised(await house.get(ComplianceReport).ask(house.database, period, by)).map(({ key, metric, ...row }) => ({
      level: by === 'level' ? key : null,
      metric,
      ...bare(row),
    }));
  const everything = async (): Promise<unknown[]> => {
    const tables = [
      'clock',
      'clock_event',
      'ticket_event',
      'ticket',
      'policy_version',
      'calendar_version',
      'level',
      'audit_entry',
    ];
    return Promise.all(
      tables.map((table) =>
        house.query(`select to_jsonb(${table}) as row from ${table} order by to_jsonb(${table})::text`),
      ),
    );
  };

  it.each([
    ['the week', JUNE],
    ['one day', { from: new Date('2026-06-02T00:00:00Z'), to: new Date('2026-06-03T00:00:00Z') }],
    ['all time', { from: new Date('2026-05-20T00:00:00Z'), to: new Date('2026-06-20T00:00:00Z') }],
    ['a time after it all', { from: new Date('2026-06-08T05:00:00Z'), to: new Date('2026-06-09T00:00:00Z') }],
  ])('shows what was as the report on promises shows it: %s', async (_, period) => {
    const { result } = await test(period);
    const column = (rows: readonly BackTestRow[]) =>
      rows
        .map(({ level, metric, before }) => ({ level, metric, ...bare(before) }))
        .filter(({ met, breached, running, p50Seconds }) => met + breached + running > 0 || p50Seconds !== null);
    expect(column(result.filter(({ level }) => level !== null))).toEqual(await report(period, 'level'));
    const total = (await report(period, 'metric')).toSorted((a, b) => a.metric.localeCompare(b.metric));
    const totals = column(result.filter(({ level }) => level === null));
    expect(totals.toSorted((a, b) => a.metric.localeCompare(b.metric))).toEqual(total);
    expect(total.length).toBeGreaterThan(0);
  });

  it('judges nothing otherwise where nothing is promised otherwise', async () => {
    const { result, id } = await test();
    for (const { before, after, worse, better } of result) {
      expect(after).toEqual(before);
      expect([worse, better]).toEqual([0, 0]);
    }
    expect(
      await house.get(BackTests).changed(house.database, id, { turn: null, level: null, metric: null, limit: 50 }),
    ).toEqual([]);
    expect(await house.query('select from back_test_clock')).toEqual([]);
  });

  it('judges by what a desk file would promise, touches nothing, and names the clocks it judges otherwise', async () => {
    const before = await everything();
    const change = { levels: [{ name: 'L3', title: 'Impaired', targets: { firstResponse: 5, resolution: 60_000 } }] };
    const { id, result, changes, uncountable, total, done } = await test({
      change,
      scope: { ...NO_SCOPE, level: 'L3' },
    });
    expect(await everything()).toEqual(before);
    expect(changes).toEqual([expect.stringContaining('targets.firstResponse 120 → 5')]);
    expect([uncountable, done]).toEqual([0, total]);
    expect(new Set(result.map(({ level }) => level))).toEqual(new Set([null, 'L3']));

    const first = result.find(({ level, metric }) => level === 'L3' && metric === 'firstResponse');
    const resolution = result.find(({ level, metric }) => level === 'L3' && metric === 'resolution');
    expect(first?.after.met).toBeLessThan(first?.before.met ?? 0);
    expect(first?.worse).toBe((first?.before.met ?? 0) - (first?.after.met ?? 0));
    expect(first?.after.p50Seconds).toBe(first?.before.p50Seconds);
    expect(resolution?.after.breached).toBe(0);
    expect(resolution?.better).toBe(resolution?.before.breached);

    const changed = await house
      .get(BackTests)
      .changed(house.database, id, { turn: 'worse', level: 'L3', metric: 'firstResponse', limit: 50 });
    expect(changed).toHaveLength(first?.worse ?? -1);
    for (const clock of changed) {
      expect([clock.before, clock.after]).toEqual(['met', 'breached']);
      expect(clock.afterDueAt?.getTime()).toBeLessThan(clock.beforeDueAt?.getTime() ?? 0);
    }
    expect(changed.length).toBeGreaterThan(0);
  });

  it('judges by one policy for all, and by one calendar', async () => {
    const hurried = await test({ whatIf: { ...NO_CHANGE, policy: 'Hurried' } });
    // L3 is given two hours for its first response, and under Hurried one.
    const l3First = hurried.result.find(({ level, metric }) => level === 'L3' && metric === 'firstResponse');
    expect(l3First?.after.breached).toBeGreaterThan(l3First?.before.breached ?? 99);

    const until = new Date('2026-06-20T00:00:00Z');
    const always = await test({ ...JUNE, to: until, whatIf: { ...NO_CHANGE, calendar: '24x7' } });
    const l2 = always.result.find(({ level, metric }) => level === 'L2' && metric === 'resolution');
    expect(l2?.after.p90Seconds).toBeGreaterThan(l2?.before.p90Seconds ?? Infinity);
    const l1 = always.result.find(({ level, metric }) => level === 'L1' && metric === 'firstResponse');
    expect(l1?.after).toEqual(l1?.before);
  });

  it('is the same as if it had been promised so from the beginning', async () => {
    // A desk of its own, on which the same is promised before anything happens.
    const otherwise = {
      levels: [{ name: 'L3', title: 'Impaired', targets: { firstResponse: 45, nextResponse: 30, resolution: 300 } }],
    };
    const story = async (at: House): Promise<void> => {
      for (let i = 0; i < 6; i++) {
        const { number } = await ticketByAgent(at, { level: i === 4 ? 'L4' : 'L3', subject: `Ticket ${i}` });
        at.now.move((20 + i * 20) * 60_000);
        await reply(at, number, i % 2 === 0 ? { setStatus: 'waiting' } : {});
        at.now.move(20 * 60_000);
        await customerSays(at, number);
        if (i === 4) await does(at, ann, (tx, by) => at.get(Triage).setLevel(tx, number, 'L3', 'As the others', by));
        at.now.move(i * 15 * 60_000);
        if (i % 3 !== 1) await reply(at, number, { setStatus: 'resolved' });
      }
    };
    const desks = await Promise.all([0, 1].map(() => House.openForBusiness({ at: '2026-06-01T08:00:00Z' })));
    try {
      const [was, would] = desks as [House, House];
      for (const desk of desks) await hire(desk);
      await would.transaction((tx) =>
        would.get(DeskFiles).apply(tx, readDeskFile(JSON.stringify(otherwise)), { name: 'test' }),
      );
      for (const desk of desks) await story(desk);
      for (const desk of desks) await desk.settle();
      const tests = was.get(BackTests);
      const imagined = await tests.imagine(async (tx) =>
        (await was.get(DeskFiles).apply(tx, readDeskFile(JSON.stringify(otherwise)), { name: 'test' })).map(inWords),
      );
      const period = { from: new Date('2026-06-01T00:00:00Z'), to: new Date('2026-06-30T00:00:00Z') };
      const id = await was.transaction((tx) =>
        tests.ask(tx, { ...period, scope: NO_SCOPE, whatIf: NO_CHANGE }, imagined, 'Mia'),
      );
      await was.settle();
      const { result } = await tests.one(was.database, id);
      const real = await would.get(ComplianceReport).ask(would.database, period, 'level');
      expect(
        (result ?? [])
          .filter(({ level, after }) => level !== null && after.met + after.breached + after.running > 0)
          .map(({ level, metric, after }) => ({ level, metric, ...bare(after) })),
      ).toEqual(promised(real).map(({ key, metric, p95Seconds: _, ...row }) => ({ level: key, metric, ...bare(row) })));
    } finally {
      await Promise.all(desks.map((desk) => desk.close()));
    }
  });

  it('goes on where it was interrupted', async () => {
    const id = await ask({ whatIf: { ...NO_CHANGE, calendar: '24x7' } });
    const [unfinished] = await house.query<{ done: number; world: unknown }>(
      'select done, world from back_test where id = $1',
      [id],
    );
    expect(unfinished).toMatchObject({ done: 0, world: expect.anything() });
    expect(await house.get(RunBackTests).sweep()).toBeGreaterThan(0);
    expect(await house.get(RunBackTests).sweep()).toBe(0);
    expect(await house.query('select world from back_test where id = $1', [id])).toEqual([{ world: null }]);
  });

  it('keeps the latest twenty, and lets go of one when told so', async () => {
    for (let i = 0; i < 21; i++) await ask();
    await house.settle();
    const [latest, ...others] = await house.get(BackTests).all(house.database);
    expect(others).toHaveLength(19);
    await house.transaction((tx) => house.get(BackTests).remove(tx, latest?.id ?? ''));
    await expect(house.get(BackTests).one(house.database, latest?.id ?? '')).rejects.toMatchObject({
      kind: 'not-found',
    });
  });

  it('refuses what cannot be compared', async () => {
    await expect(ask({ from: JUNE.to, to: JUNE.from })).rejects.toMatchObject({ faults: [{ field: 'to' }] });
    await expect(ask({ whatIf: { ...NO_CHANGE, policy: 'Nobody’s' } })).rejects.toMatchObject({
      faults: [{ field: 'policy' }],
    });
    await expect(ask({ scope: { ...NO_SCOPE, queue: 'Nowhere' } })).rejects.toMatchObject({
      faults: [{ field: 'queue' }],
    });
  });

  it('counts the tickets that cannot be counted under it', async () => {
    const rare = {
      name: 'Rare',
      timezone: 'Europe/Berlin',
      week: {},
      overrides: { '2026-12-24': [['09:00', '12:00']] },
    };
    const { uncountable, total } = await test({
      change: { calendars: [rare] },
      whatIf: { ...NO_CHANGE, calendar: 'Rare' },
    });
    expect(uncountable).toBeGreaterThan(0);
    expect(uncountable).toBeLessThanOrEqual(total);
  });
});
