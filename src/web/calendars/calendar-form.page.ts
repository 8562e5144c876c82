import { Injectable } from '@nestjs/common';
import { WEEKDAYS, type Weekday } from '../../calendar/opening-hours.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import { countries, listInWords, regionsOf, statesOf, type Place } from '../../support-hours/holiday-lists.js';
import type { Option } from '../settings/form-fields.js';
import { all, DAY_NAMES, listOfCode, MONTHS, one, rowsOf, type Fields } from './calendar-form.js';

/** What the form is filled with, and how. */
export interface FormShown {
  readonly title: string;
  /** Null while it has none. */
  readonly name: string | null;
  readonly action: string;
  readonly back: string;
  readonly fields: Fields;
  readonly faults: readonly FieldFault[];
  /** The button that was pressed last, such as `add week.mon`. */
  readonly step: string;
  readonly seen: string;
  /** Said about what has just been done to the form. */
  readonly notice: string | null;
}

/** The form of a calendar: its rows as they were sent, one more where one was asked for, and what can be chosen. */
@Injectable()
export class CalendarFormPage {
  model(shown: FormShown): object {
    const { fields, faults, step } = shown;
    const faultOf = (field: string): string | null => faults.find((fault) => fault.field === field)?.detail ?? null;
    const rows = (group: string, blanks: number): object[] => rowsOn(fields, group, step, blanks, faultOf);
    const day = (weekday: Weekday): object => ({
      key: weekday,
      name: DAY_NAMES[weekday],
      hours: rows(`week.${weekday}`, 0),
      breaks: rows(`breaks.${weekday}`, 0),
      isMonday: weekday === 'mon',
    });
    return {
      ...shown,
      value: { name: one(fields, 'name'), timezone: one(fields, 'timezone') },
      fault: {
        name: faultOf('name'),
        timezone: faultOf('timezone'),
        week: faultOf('week'),
        list: faultOf('list.country'),
      },
      zones: Intl.supportedValuesOf('timeZone'),
      days: WEEKDAYS.map(day),
      hasBreaks:
        WEEKDAYS.some((weekday) => rowsOf(fields, `breaks.${weekday}`).length > 0) || step.startsWith('add breaks'),
      holidays: rows('holiday', 2),
      yearly: rows('yearly', 1).map((row) => ({ ...row, months: monthsFor(row) })),
      overrides: rows('override', 1),
      feeds: rows('feed', 1),
      lists: all(fields, 'list')
        .filter((code) => code !== '')
        .map((code, index) => ({ code, index, words: listInWords(listOfCode(code)) })),
      ...chooser(fields),
    };
  }
}

/** The rows that were sent, and empty ones: as many as there always are, and one where it was asked for. */
function rowsOn(
  fields: Fields,
  group: string,
  step: string,
  blanks: number,
  faultOf: (field: string) => string | null,
): object[] {
  const filled = rowsOf(fields, group);
  const wanted = step === `add ${group}`;
  const empty = blanks + (wanted || (blanks === 0 && filled.length === 0 && group.startsWith('week.')) ? 1 : 0);
  const last = Math.max(-1, ...filled.map(({ index }) => index));
  return [
    ...filled.map((row) => ({
      ...row,
      id: `${group}.${row.index}`,
      fault: faultOf(`${group}.${row.index}`),
      filled: true,
    })),
    ...Array.from({ length: empty }, (_, i) => ({
      ...blankOf(group),
      index: last + 1 + i,
      id: `${group}.${last + 1 + i}`,
      fault: faultOf(`${group}.${last + 1 + i}`),
      filled: false,
      focus: wanted && i === 0,
    })),
  ];
}

function blankOf(group: string): Record<string, string> {
  return group.includes('.')
    ? { from: '', to: '' }
    : { date: '', name: '', month: '', day: '', hours: '', url: '', private: '' };
}

function monthsFor(row: object): Option[] {
  const chosen = (row as { month: string }).month;
  return MONTHS.map((label, index) => {
    const value = String(index + 1).padStart(2, '0');
    return { value, label, selected: value === chosen };
  });
}

/** A country, then what it has of states, then what the state has of regions. What no longer fits is not chosen. */
function chooser(fields: Fields): object {
  const country = one(fields, 'list.country');
  const states = country === '' ? [] : statesOf(country);
  const state = chosenOf(states, one(fields, 'list.state'));
  const regions = state === '' ? [] : regionsOf(country, state);
  const region = chosenOf(regions, one(fields, 'list.region'));
  return {
    countries: choices(countries(), country, 'Choose a country'),
    states: choices(states, state, 'All of it'),
    regions: choices(regions, region, 'All of it'),
    hasStates: states.length > 0,
    hasRegions: regions.length > 0,
    chosen: country !== '',
  };
}

function chosenOf(places: readonly Place[], code: string): string {
  return places.some((place) => place.code === code) ? code : '';
}

function choices(places: readonly Place[], chosen: string, nothing: string): Option[] {
  return [{ code: '', name: nothing }, ...places].map(({ code, name }) => ({
    value: code,
    label: name,
    selected: code === chosen,
  }));
}
