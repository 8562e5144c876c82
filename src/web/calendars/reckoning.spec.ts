import { compileCalendar } from '../../calendar/business-calendar.js';
import { questionIn, reckon, type Question, type Reckoned } from './reckoning.js';

const HOURS = [['09:00', '17:00']] as const;
const office = compileCalendar({ timezone: 'Europe/Berlin', week: { mon: HOURS, tue: HOURS } });
/** A Monday, 12:00 in Berlin. */
const NOW = new Date('2026-06-01T10:00:00Z');
const ask = (question: Partial<Question>, calendar = office) =>
  reckon(calendar, { amount: '4', unit: 'hours', start: '', zone: 'calendar', ...question }, 'Europe/Berlin', NOW);
const answered = (question: Partial<Question>): Reckoned => {
  const answer = ask(question);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.value;
};

describe('When would it be over?', () => {
  it('four hours from now, with the way there', () => {
    const { start, end, rows, openSeconds } = answered({ amount: '6' });
    expect([start, end.toISOString(), openSeconds]).toEqual([NOW, '2026-06-02T08:00:00.000Z', 6 * 3600]);
    expect(rows.map(({ open, seconds, sum }) => [open, seconds / 3600, sum / 3600])).toEqual([
      [true, 5, 5],
      [false, 16, 5],
      [true, 1, 6],
    ]);
  });

  it('in minutes, in working days, with a comma, and from another moment', () => {
    expect(answered({ amount: '90', unit: 'minutes' }).end.toISOString()).toBe('2026-06-01T11:30:00.000Z');
    expect(answered({ amount: '1', unit: 'days' }).end.toISOString()).toBe('2026-06-02T15:00:00.000Z');
    expect(answered({ amount: '0,5' }).end.toISOString()).toBe('2026-06-01T10:30:00.000Z');
    expect(answered({ start: '2026-12-07T09:00' }).end.toISOString()).toBe('2026-12-07T12:00:00.000Z');
  });

  it('of a long way, the beginning and the end are shown', () => {
    const { rows, left, openSeconds } = answered({ amount: '1000' });
    expect([rows.length, left > 100, openSeconds]).toEqual([40, true, 1000 * 3600]);
    expect(rows.at(-1)?.sum).toBe(openSeconds);
  });

  it.each([
    [{ amount: '' }, 'amount'],
    [{ amount: '-1' }, 'amount'],
    [{ amount: '0' }, 'amount'],
    [{ amount: 'four' }, 'amount'],
    [{ amount: '1e9' }, 'amount'],
    [{ amount: 'Infinity' }, 'amount'],
    [{ amount: '1.5', unit: 'days' as const }, 'amount'],
    [{ amount: '501', unit: 'days' as const }, 'amount'],
    [{ start: 'tomorrow' }, 'start'],
    [{ start: '2026-13-01T00:00' }, 'start'],
    [{ start: '1800-01-01T00:00' }, 'amount'],
  ])('says what is wrong with %j', (question, field) => {
    expect(ask(question)).toMatchObject({ ok: false, field, detail: expect.any(String) });
  });

  it('and says so where the calendar never gets there', () => {
    const once = compileCalendar({ timezone: 'UTC', week: {}, overrides: { '2026-06-01': [['09:00', '10:00']] } });
    expect(ask({}, once)).toMatchObject({ ok: false, detail: expect.stringContaining('within ten years') });
  });

  it('reads its question from the address of the page, whatever that holds', () => {
    expect(questionIn({})).toEqual({ amount: '4', unit: 'hours', start: '', zone: 'mine' });
    expect(questionIn({ amount: ['1', '2'], unit: 'years', zone: 'calendar', start: 7 })).toEqual({
      amount: '4',
      unit: 'hours',
      start: '',
      zone: 'calendar',
    });
  });
});
