import { changesOf } from '../../desk-file/changes.js';
import { changeInWords, linesBetween } from './change-in-words.js';

const line = (label: string, from: string | null, to: string | null): object => ({
  label,
  from,
  to,
  added: [],
  removed: [],
});

describe('what an edit changes, in words', () => {
  it('says targets as people do, and what holds where nothing is said', () => {
    const before = { name: 'Gold', targets: { firstResponse: 240, update: 60 } };
    const after = { name: 'Gold', targets: { firstResponse: 120, update: null, resolution: { workingDays: 3 } } };
    expect(linesBetween('policy', before, after)).toEqual([
      line('First response', '4 hours', '2 hours'),
      line('Update', '1 hour', 'off'),
      line('Resolution', 'as the level says', '3 working days'),
    ]);
    expect(linesBetween('level', { targets: { update: 60 } }, { targets: {} })).toEqual([
      line('Update', '1 hour', 'no target'),
    ]);
  });

  it('says of a list what came and what went', () => {
    const lines = linesBetween(
      'policy',
      { pauses: { resolution: ['waiting'] } },
      { pauses: { resolution: ['on-hold'] } },
    );
    expect(lines).toEqual([
      { label: 'Pauses of resolution', from: null, to: null, added: ['on hold'], removed: ['waiting'] },
    ]);
  });

  it('says a list whose order alone changed as a whole', () => {
    const lines = linesBetween('chain', { notify: ['Ann', 'Bob'] }, { notify: ['Bob', 'Ann'] });
    expect(lines).toEqual([line('Notify', 'Ann, Bob', 'Bob, Ann')]);
  });

  it('says the hours of a day as a whole', () => {
    const day = (from: string): object => ({ week: { mon: [[from, '17:00']] } });
    expect(linesBetween('calendar', day('09:00'), day('08:00'))).toEqual([
      line('Hours on Monday', '09:00–17:00', '08:00–17:00'),
    ]);
    expect(linesBetween('calendar', { week: {} }, day('08:00'))).toEqual([
      line('Hours on Monday', 'closed', '08:00–17:00'),
    ]);
  });

  it('tells a date that is closed from one that is like others, and no break from no hours', () => {
    expect(linesBetween('calendar', {}, { overrides: { '2026-12-24': [] } })).toEqual([
      line('Hours on 2026-12-24', 'as on other such days', 'closed'),
    ]);
    expect(linesBetween('calendar', { overrides: { '2026-12-24': [['09:00', '12:00']] } }, { overrides: {} })).toEqual([
      line('Hours on 2026-12-24', '09:00–12:00', 'as on other such days'),
    ]);
    const lunch = { breaks: { mon: [['12:00', '13:00']] } };
    expect(linesBetween('calendar', lunch, { breaks: { mon: [] } })).toEqual([
      line('Break on Monday', '12:00–13:00', 'none'),
    ]);
  });

  it('takes what came with several things in it apart', () => {
    const after = { match: { level: ['L1'], tier: ['gold'] }, targets: {} };
    expect(linesBetween('policy', { targets: {} }, after).map(({ label, added }) => [label, added])).toEqual([
      ['For level', ['L1']],
      ['For tier', ['gold']],
    ]);
  });

  it('shows what is new as a whole, and of what goes only that it goes', () => {
    const queue = { name: 'Billing', calendar: '24x7', closeAfterDays: 1 };
    const [added] = changesOf('queues', [], [queue]);
    const [removed] = changesOf('queues', [queue], []);
    if (added === undefined || removed === undefined) throw new Error('Nothing has changed.');
    expect(changeInWords(added, queue)).toEqual({
      title: 'Queue Billing',
      change: 'added',
      lines: [line('Calendar', null, '24x7'), line('Closed after', null, '1 day')],
    });
    const calendar = { name: 'New', week: { mon: [] }, breaks: { mon: [] }, holidays: [], yearlyHolidays: [] };
    const [born] = changesOf('calendars', [], [calendar]);
    expect(changeInWords(born!, calendar).lines).toEqual([line('Hours on Monday', null, 'closed')]);
    expect(changeInWords(removed)).toEqual({ title: 'Queue Billing', change: 'removed', lines: [] });
  });
});
