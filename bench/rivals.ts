import { createRequire } from 'node:module';
import type { CalendarDefinition } from '../src/calendar/calendar-definition.js';
import { dateOf } from './the-usual-way.js';

/** Both packages know the hours of the process's own zone only. */
type Rival = (definition: CalendarDefinition) => {
  add(start: Date, hours: number): Date;
  /** In minutes. */
  between(start: Date, end: Date): number;
};

interface Moment {
  addWorkingTime(amount: number, unit: 'hours'): Moment;
  workingDiff(other: Moment, unit: 'minutes'): number;
  toDate(): Date;
}
interface MomentModule {
  (at: Date): Moment;
  locale(): string;
  updateLocale(name: string, settings: object): void;
}
interface Day {
  addBusinessHours(hours: number): Day;
  businessMinutesDiff(other: Day): number;
  toDate(): Date;
}
interface DayModule {
  (at: Date): Day;
  extend(plugin: unknown): void;
  setHolidays(dates: readonly string[]): void;
  setBusinessTime(week: object): void;
}

const require = createRequire(import.meta.url);
const NAMES = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday',
};
type Weekday = keyof typeof NAMES;
const WEEKDAYS = Object.keys(NAMES) as Weekday[];

const momentBusinessTime: Rival = ({ week, holidays = [] }) => {
  const moment = require('moment-business-time') as MomentModule;
  const hours = WEEKDAYS.map((day) => [(WEEKDAYS.indexOf(day) + 1) % 7, week[day]?.flat() ?? null]);
  moment.updateLocale(moment.locale(), { workinghours: Object.fromEntries(hours), holidays: holidays.map(dateOf) });
  return {
    add: (start, amount) => moment(start).addWorkingTime(amount, 'hours').toDate(),
    between: (start, end) => moment(end).workingDiff(moment(start), 'minutes'),
  };
};

const dayjsBusinessTime: Rival = ({ week, holidays = [] }) => {
  const dayjs = require('dayjs') as DayModule;
  dayjs.extend((require('dayjs-business-time') as { default?: unknown }).default ?? require('dayjs-business-time'));
  dayjs.setHolidays(holidays.map(dateOf));
  const hours = WEEKDAYS.map((day) => [
    NAMES[day],
    week[day]?.map(([start, end]) => ({ start: `${start}:00`, end: `${end}:00` })) ?? null,
  ]);
  dayjs.setBusinessTime(Object.fromEntries(hours));
  return {
    add: (start, amount) => dayjs(start).addBusinessHours(amount).toDate(),
    between: (start, end) => dayjs(start).businessMinutesDiff(dayjs(end)),
  };
};

export const rivals: Readonly<Record<string, Rival>> = {
  'moment-business-time': momentBusinessTime,
  'dayjs-business-time': dayjsBusinessTime,
};
