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

  async compiled(tx: Transaction, given: GivenCalendar): Promise<BusinessCalendar> {
    return 'timezone' in given ? inline(given) : (await this.named(tx, given.name)).hours;
  }

  /** The present version of a stored calendar; `field` is where the request names it. */
  async named(
    tx: Transaction,
    name: string,
    field = 'calendar.name',
  ): Promise<{ id: string; name: string; version: number; hours: BusinessCalendar }> {
    const stored = await this.calendars.byName(tx, name);
    if (stored === null) {
      const detail = `There is no calendar named ${name}.`;
      throw Problem.invalid(detail, [{ field, detail: 'is not known here' }]);
    }
    const { id, version } = stored;
    return { id, name, version, hours: await this.calendars.compiled(tx, id, version) };
  }
}

function inline(definition: CalendarDefinition): BusinessCalendar {
  try {
    return compileCalendar(definition);
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    const faults = error.faults.map(({ field, detail }) => ({ field: field === '' ? 'calendar' : `calendar.${field}`, detail }));
    throw Problem.invalid('This calendar cannot be used.', faults);
  }
}
