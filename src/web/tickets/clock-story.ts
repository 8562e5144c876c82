import { fullTime } from '../../platform/rendering/times.js';
import type { Metric } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';
import type { Happening } from './happenings.js';

/** What was written down about a clock, in that order. */
export interface ClockEvent {
  readonly at: Date;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metric: Metric;
  readonly cycle: number;
}

/** SQL for the clock events of the ticket $1. */
export const CLOCK_EVENTS = `select clock_event.at, clock_event.type, clock_event.data, clock.metric, clock.cycle
  from clock_event join clock on clock.id = clock_event.clock_id
  where clock_event.ticket_number = $1 and clock.withdrawn_at is null order by clock_event.id`;

export interface ToldEvent extends ClockEvent {
  readonly words: string;
  /** Whether its due instant is another one now, or something became of it that nobody may overlook. */
  readonly grave: boolean;
}

/** Each event in words: a due instant that moves says from where, to where and why. */
export function clockStory(events: readonly ClockEvent[], zone: string): ToldEvent[] {
  const dues = new Map<string, Date>();
  return events.map((event) => {
    const clock = `${event.metric} ${event.cycle}`;
    const due = dues.get(clock) ?? instant(event.data, 'dueWas');
    const next = instant(event.data, 'dueAt') ?? instant(event.data, 'to');
    if (next !== null) dues.set(clock, next);
    return { ...event, ...told(event, due, zone) };
  });
}

/** What of it belongs in the ticket's own history. */
export function clockHappenings(events: readonly ClockEvent[], zone: string): Happening[] {
  return clockStory(events, zone)
    .filter(({ grave }) => grave)
    .map(({ at, type, metric, cycle, words }) => ({
      at,
      symbol: SYMBOLS[type] ?? 'timer',
      text: `${clockName(metric, cycle)}: ${words.charAt(0).toLowerCase()}${words.slice(1)}`,
      brief: BRIEFLY[type] === undefined ? undefined : `${clockName(metric, cycle)} ${BRIEFLY[type]}`,
    }));
}

/** Why a clock was last given another target or due instant than time and pauses alone would have; null if it never was. */
export function lastMove(
  events: readonly ClockEvent[],
  { metric, cycle }: Pick<ClockEvent, 'metric' | 'cycle'>,
  zone: string,
): ToldEvent | null {
  const own = events.filter((event) => event.metric === metric && event.cycle === cycle);
  return clockStory(own, zone).findLast(({ type }) => type === 'moved') ?? null;
}

export const clockName = (metric: Metric, cycle: number): string =>
  cycle === 1 ? metricName(metric) : `${metricName(metric)}, no. ${cycle}`;

const BRIEFLY: Readonly<Record<string, string>> = {
  moved: 'is promised otherwise now',
  breached: 'was breached',
  retracted: 'was in time after all',
};

const SYMBOLS: Readonly<Record<string, string>> = {
  moved: 'calendar-clock',
  resumed: 'play',
  reopened: 'play',
  breached: 'triangle-alert',
  retracted: 'undo-2',
};

function told(
  { type, data }: ClockEvent,
  due: Date | null,
  zone: string,
): { readonly words: string; readonly grave: boolean } {
  const time = (at: Date | null): string => (at === null ? 'no instant' : fullTime(at, zone));
  const text = (key: string): string =>
    typeof data[key] === 'string' || typeof data[key] === 'number' ? String(data[key]) : '';
  const next = instant(data, 'dueAt');
  const because = text('why') === '' ? '' : `, because ${text('why')}`;
  const quiet = (words: string): ReturnType<typeof told> => ({ words, grave: false });
  const grave = (words: string): ReturnType<typeof told> => ({ words, grave: true });
  const goesOn = (verb: string, cause: string): ReturnType<typeof told> =>
    due === null || next === null || due.getTime() === next.getTime()
      ? quiet(`${verb}; due ${time(next)}`)
      : grave(`Due moved from ${time(due)} to ${time(next)}, because ${cause}`);
  switch (type) {
    case 'started':
      return quiet(`Started; due ${time(next)}`);
    case 'warned':
      return quiet(`Warned: ${text('percent')} % of the time is used`);
    case 'breached':
      return grave(
        data['because'] === 'reclassification'
          ? 'Breached by reclassification: what is promised now was due already'
          : 'Breached: the due instant went by',
      );
    case 'retracted':
      return grave('The breach was taken back: it was in time after all');
    case 'moved':
      return typeof data['to'] === 'string'
        ? grave(`Due moved from ${time(instant(data, 'from'))} to ${time(instant(data, 'to'))}${because}`)
        : grave(`Its target is another one while it is paused${because}`);
    case 'paused':
      return quiet(`Paused: the ticket is ${text('in')}`);
    case 'resumed':
      return goesOn('Resumed', 'it was paused in between');
    case 'reopened':
      return goesOn('Goes on', 'the time in which it was resolved does not count');
    case 'stopped':
      return quiet(`Stopped: ${text('outcome') === 'breached' ? 'too late' : 'in time'}`);
    case 'cancelled':
      return quiet('Cancelled: nothing is owed');
    case 'restored':
      return goesOn('Taken up again', 'it was taken up again');
    default:
      return quiet(type);
  }
}

function instant(data: ClockEvent['data'], key: string): Date | null {
  const value = data[key];
  return typeof value === 'string' ? new Date(value) : null;
}
