import { compileCalendar } from '../calendar/business-calendar.js';
import { clockChip, type ClockRow } from './clock-chip.js';

const always = compileCalendar({
  timezone: 'UTC',
  week: {
    mon: [['00:00', '24:00']],
    tue: [['00:00', '24:00']],
    wed: [['00:00', '24:00']],
    thu: [['00:00', '24:00']],
    fri: [['00:00', '24:00']],
    sat: [['00:00', '24:00']],
    sun: [['00:00', '24:00']],
  },
});
const office = compileCalendar({
  timezone: 'Europe/Berlin',
  week: { mon: [['09:00', '17:00']], tue: [['09:00', '17:00']] },
});
const reading = { now: new Date('2026-11-23T10:00:00Z'), timezone: 'UTC' };
const minutes = (n: number): Date => new Date(reading.now.getTime() + n * 60_000);

/** Four hours of first response, begun an hour ago. */
const clock: ClockRow = {
  id: '1',
  ticket: 1001,
  metric: 'firstResponse',
  cycle: 1,
  state: 'running',
  targetSeconds: 4 * 3600,
  elapsedSeconds: 0,
  countingSince: minutes(-60),
  dueAt: minutes(180),
  stoppedAt: null,
  breachedAt: null,
  warnAt: null,
};

describe('the chip of a clock', () => {
  it('shows the working time that is left, calmly', () => {
    expect(clockChip(clock, always, reading)).toMatchObject({ tone: 'calm', symbol: 'play', text: '3h' });
  });

  it.each([
    [61, 'calm', 'play'],
    [60, 'amber', 'circle-alert'],
    [24, 'orange', 'triangle-alert'],
  ])('with %d minutes left of four hours is %s', (left, tone, symbol) => {
    const later = { ...clock, countingSince: minutes(left - 240), dueAt: minutes(left) };
    expect(clockChip(later, always, reading)).toMatchObject({ tone, symbol });
  });

  it('warns when its policy does', () => {
    expect(clockChip({ ...clock, warnAt: [10, 20] }, always, reading)).toMatchObject({ tone: 'orange' });
  });

  it('says by how much it is over', () => {
    const over = { ...clock, countingSince: minutes(-305), dueAt: minutes(-65), breachedAt: minutes(-65) };
    expect(clockChip(over, always, reading)).toMatchObject({ tone: 'red', symbol: 'x', text: '−1h 05m' });
  });

  it('is over at the due instant, even if no working time has passed since', () => {
    const saturday = { now: new Date('2026-11-28T10:00:00Z'), timezone: 'UTC' };
    const due = new Date('2026-11-24T16:00:00Z');
    const over = { ...clock, countingSince: new Date('2026-11-24T12:00:00Z'), dueAt: due };
    expect(clockChip(over, office, saturday)).toMatchObject({ tone: 'red', text: '−0s' });
  });

  it('keeps the colour of its risk while it is paused', () => {
    const paused = { ...clock, state: 'paused' as const, elapsedSeconds: 3.1 * 3600, countingSince: null, dueAt: null };
    expect(clockChip(paused, always, reading)).toMatchObject({ tone: 'amber', symbol: 'pause', text: 'paused' });
  });

  it('says how early it was met and by how much it was missed', () => {
    const stopped = { ...clock, countingSince: null, stoppedAt: reading.now };
    const met = { ...stopped, state: 'met' as const, elapsedSeconds: 4 * 3600 - 18 * 60 };
    const missed = { ...stopped, state: 'breached' as const, elapsedSeconds: 4 * 3600 + 7 * 60 };
    expect(clockChip(met, always, reading)).toMatchObject({ tone: 'green', text: 'met 18m early' });
    expect(clockChip(missed, always, reading)).toMatchObject({ tone: 'red', text: 'missed by 7m' });
  });

  it('gives the script the open hours that it may count', () => {
    expect(clockChip(clock, office, reading).live?.open).toBe(
      '2026-11-23T10:00:00.000Z/2026-11-23T16:00:00.000Z,2026-11-24T08:00:00.000Z/2026-11-24T16:00:00.000Z',
    );
  });

  it('names the due instant in the zone where it counts and in that of the reader', () => {
    expect(clockChip(clock, office, reading).title).toContain(
      'due Mon 23 Nov 2026, 13:00 UTC (Mon 23 Nov 2026, 14:00 CET where it counts)',
    );
  });
});
