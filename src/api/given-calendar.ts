import { Injectable } from '@nestjs/common';
import { compileCalendar, type BusinessCalendar } from '../calendar/business-calendar.js';
import type { CalendarDefinition } from '../calendar/calendar-definition.js';
import { CalendarError } from '../calendar/calendar-error.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Calendars } from '../support-hours/calendars.js';

export type GivenCalendar = CalendarDefinition | { readonly name: string };

/** A calendar as a request gives it, inline or by name, ready to answer. */
@Injectable()
export class GivenCalendars {
  constructor(private readonly calendars: Calendars) {}

  async compiled(asked: Pick<Transaction, 'query'>, given: GivenCalendar): Promise<BusinessCalendar> {
    if ('timezone' in given) return inline(given);

    const stored = await this.calendars.byName(asked, given.name);
    if (stored !== null) return this.calendars.compiled(asked, stored.id, stored.version);
    throw Problem.invalid(`There is no calendar named ${given.name}.`, [
      { field: 'calendar.name', detail: 'is not known here' },
    ]);
  }
}

function inline(definition: CalendarDefinition): BusinessCalendar {
  try {
    return compileCalendar(definition);
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    const faults = error.faults.map(({ field, detail }) => ({
      field: field === '' ? 'calendar' : `calendar.${field}`,
      detail,
    }));
    throw Problem.invalid('This calendar cannot be used.', faults);
  }
}
