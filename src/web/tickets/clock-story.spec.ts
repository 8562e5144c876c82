import { clockHappenings, clockStory, lastMove, type ClockEvent } from './clock-story.js';
import { summary } from './happenings.js';

const event = (time: string, type: string, data: Record<string, unknown> = {}): ClockEvent => ({
  at: new Date(`2026-06-01T${time}Z`),
  type,
  data,
  metric: 'resolution',
  cycle: 1,
});
const at = (time: string): string => `2026-06-01T${time}:00.000Z`;
const words = (...events: ClockEvent[]): string[] => clockStory(events, 'UTC').map((one) => one.words);

describe('the story of a clock', () => {
  it('says of a due instant that moves from where, to where and why', () => {
    const [, moved] = words(
      event('09:00', 'started', { dueAt: at('12:00') }),
      event('09:30', 'moved', { from: at('12:00'), to: at('15:00'), why: 'policy Standard became version 3' }),
    );
    expect(moved).toMatch(/^Due moved from .*12:00.* to .*15:00.*, because policy Standard became version 3$/);
  });

  it('says how far a pause has moved it', () => {
    const [, , resumed] = words(
      event('09:00', 'started', { dueAt: at('12:00') }),
      event('10:00', 'paused', { in: 'waiting', dueWas: at('12:00') }),
      event('11:00', 'resumed', { dueAt: at('13:00') }),
    );
    expect(resumed).toMatch(/^Due moved from .*12:00.* to .*13:00.*, because it was paused in between$/);
  });

  it('says so too where it moved before the pause', () => {
    const story = words(
      event('09:00', 'started', { dueAt: at('12:00') }),
      event('09:30', 'moved', { from: at('12:00'), to: at('14:00'), why: 'the level changed' }),
      event('10:00', 'paused', { in: 'waiting' }),
      event('11:00', 'resumed', { dueAt: at('15:00') }),
    );
    expect(story.at(-1)).toMatch(/from .*14:00.* to .*15:00/);
  });

  it('does not claim that anything moved where nothing did', () => {
    expect(
      words(
        event('09:00', 'started', { dueAt: at('12:00') }),
        event('10:00', 'paused', { in: 'waiting', dueWas: at('12:00') }),
        event('10:00', 'resumed', { dueAt: at('12:00') }),
      ).at(-1),
    ).toMatch(/^Resumed; due /);
  });

  it('tells the ticket’s history of moves and breaches, not of warnings', () => {
    const told = clockHappenings(
      [
        event('09:00', 'started', { dueAt: at('12:00') }),
        event('10:30', 'warned', { percent: 50 }),
        event('11:00', 'moved', { from: at('12:00'), to: at('10:00'), why: 'the level changed' }),
        event('11:00', 'breached', { because: 'reclassification' }),
      ],
      'UTC',
    );
    expect(told.map(({ text }) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'Resolution: due moved',
      'Resolution: breached by',
    ]);
  });

  it('says why a clock was moved last, of pauses nothing and of other clocks nothing', () => {
    const own = { metric: 'resolution', cycle: 1 } as const;
    const moved = event('09:30', 'moved', { from: at('12:00'), to: at('14:00'), why: 'the level changed' });
    const events = [
      event('09:00', 'started', { dueAt: at('12:00') }),
      event('10:00', 'paused', { in: 'waiting', dueWas: at('14:00') }),
      event('11:00', 'resumed', { dueAt: at('15:00') }),
      { ...moved, metric: 'firstResponse' as const },
    ];
    expect(lastMove(events, own, 'UTC')).toBeNull();
    expect(lastMove([...events.slice(0, 1), moved, ...events.slice(1)], own, 'UTC')?.words).toMatch(
      /from .*12:00.* to .*14:00.*, because the level changed$/,
    );
  });

  it('stands for all that happened at once, rather than what came first', () => {
    const told = clockHappenings(
      [event('11:00', 'moved', { from: at('12:00'), to: at('10:00'), why: 'the level changed' })],
      'UTC',
    );
    const small = { at: new Date(), symbol: 'tag', text: 'Ann set the tags: x' };
    expect(summary([small, ...told, small])).toBe('Resolution is promised otherwise now · and 2 more');
    expect(summary([small, small, small])).toBe('Ann set the tags: x · and 2 more');
  });
});
