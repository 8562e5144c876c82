import { restingAt, type Rest } from './rest.js';

describe('somebody’s rest', () => {
  const at = (text: string): Date => new Date(text);
  const rest: Rest = {
    timezone: 'Europe/Berlin',
    quietHours: [['22:00', '07:00']],
    away: [{ from: '2026-12-24T18:00', to: '2027-01-02T08:00' }],
  };

  it('holds over midnight, at the wall clock of their zone, half open', () => {
    expect(restingAt(rest, at('2026-11-30T20:59:59Z'))).toBeNull();
    expect(restingAt(rest, at('2026-11-30T21:00:00Z'))).toEqual({ why: 'quiet' });
    expect(restingAt(rest, at('2026-12-01T05:59:59Z'))).toEqual({ why: 'quiet' });
    expect(restingAt(rest, at('2026-12-01T06:00:00Z'))).toBeNull();
    // In summer an hour earlier by the sun.
    expect(restingAt(rest, at('2026-07-01T20:00:00Z'))).toEqual({ why: 'quiet' });
  });

  it('holds within a day', () => {
    const nap: Rest = { timezone: 'UTC', quietHours: [['12:00', '13:00']] };
    expect(restingAt(nap, at('2026-12-01T11:59:00Z'))).toBeNull();
    expect(restingAt(nap, at('2026-12-01T12:00:00Z'))).toEqual({ why: 'quiet' });
    expect(restingAt(nap, at('2026-12-01T13:00:00Z'))).toBeNull();
  });

  it('on a holiday says until when', () => {
    expect(restingAt(rest, at('2026-12-24T16:59:59Z'))).toBeNull();
    expect(restingAt(rest, at('2026-12-24T17:00:00Z'))).toEqual({ why: 'away', until: at('2027-01-02T07:00:00Z') });
    expect(restingAt(rest, at('2027-01-02T07:00:00Z'))).toBeNull();
  });
});
