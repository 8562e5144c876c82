import { Injectable } from '@nestjs/common';
import { compileCalendar, type BusinessCalendar } from '../calendar/business-calendar.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Calendars } from '../support-hours/calendars.js';
import { checkGivenCalendar, withListedHolidays, type WrittenCalendar } from '../support-hours/written-calendar.js';

export type GivenCalendar = WrittenCalendar | { readonly name: string };

/** A calendar as a request gives it, inline or by name, ready to answer. */
@Injectable()
export class GivenCalendars {
  constructor(private readonly calendars: Calendars) {}

  /** `instants` are those that will be asked about: an inline calendar's lists are looked into for as far as answers can reach. */
  async compiled(
    asked: Pick<Transaction, 'query'>,
    given: GivenCalendar,
    instants: readonly Date[],
  ): Promise<BusinessCalendar> {
    if ('timezone' in given) return inline(given, instants);

    const stored = await this.calendars.byName(asked, given.name);
    if (stored !== null) return this.calendars.compiled(asked, stored.id, stored.version);
    throw Problem.invalid(`There is no calendar named ${given.name}.`, [
      { field: 'calendar.name', detail: 'is not known here' },
    ]);
  }
}

function inline(written: WrittenCalendar, instants: readonly Date[]): BusinessCalendar {
  const found = checkGivenCalendar(written);
  if (found.length === 0) return compileCalendar(withListedHolidays(written, instants));

  const faults = found.map(({ field, detail }) => ({
    field: field === '' ? 'calendar' : `calendar.${field}`,
    detail,
  }));
  throw Problem.invalid('This calendar cannot be used.', faults);
}
