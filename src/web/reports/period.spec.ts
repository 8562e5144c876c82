import { shownPeriod } from './period.js';

const NOW = new Date('2026-11-22T23:30:00Z');

describe('the period of a report', () => {
  it('is the last 28 days of the reader by default', () => {
    const { firstDay, lastDay, from, to, lastMoment } = shownPeriod({}, 'Europe/Berlin', NOW);
    expect([firstDay, lastDay]).toEqual(['2026-10-27', '2026-11-23']);
    expect([from.toISOString(), to.toISOString()]).toEqual(['2026-10-26T23:00:00.000Z', '2026-11-23T23:00:00.000Z']);
    expect(lastMoment.toISOString()).toBe('2026-11-23T22:59:59.999Z');
  });

  it('begins and ends at the reader’s midnight across a change of clocks', () => {
    const { from, to, before } = shownPeriod({ from: '2026-10-25', to: '2026-10-25' }, 'Europe/Berlin', NOW);
    expect((to.getTime() - from.getTime()) / 3_600_000).toBe(25);
    expect(before).toEqual({ from: new Date('2026-10-23T22:00:00Z'), to: from });
  });

  it.each([
    [{ from: '2026-11-30', to: '2026-11-01' }],
    [{ from: '2026-02-31', to: '2026-03-01' }],
    [{ from: 'yesterday', to: 'today' }],
    [{ from: '2026-11-01' }],
    [{ from: ['2026-11-01'], to: {} }],
  ])('falls back where %j makes no sense', (asked) => {
    expect(shownPeriod(asked, 'UTC', NOW).firstDay).toBe(shownPeriod({}, 'UTC', NOW).firstDay);
  });

  it('knows the usual ones, and which of them is shown', () => {
    const { presets } = shownPeriod({ from: '2026-10-01', to: '2026-10-31' }, 'UTC', NOW);
    expect(presets.find(({ current }) => current)?.label).toBe('Last month');
    expect(presets.find(({ label }) => label === 'This month')).toMatchObject({ from: '2026-11-01', to: '2026-11-22' });
  });
});
