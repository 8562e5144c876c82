import { Injectable } from '@nestjs/common';
import { CalendarError } from '../calendar/calendar-error.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Calendars } from '../support-hours/calendars.js';
import {
  calendarsNamedIn,
  simulate,
  SimulationFault,
  type Simulation as SimulationGiven,
  type SimulationResult,
} from './clock/simulate.js';
import type { CalendarTerms } from './clock/targets.js';
import { withHolidays } from './given-calendars.js';

type Asked = Pick<Transaction, 'query'>;

export type { SimulationGiven };

/** What clocks would show: a timeline of one's own under any calendar and policy, by the functions that keep the clocks of tickets. */
@Injectable()
export class Simulation {
  constructor(private readonly calendars: Calendars) {}

  /** The body of `POST /sla/simulate`, after its shape has been checked. */
  async run(asked: Asked, body: SimulationGiven): Promise<{ results: SimulationResult[] }> {
    const stored = await this.stored(asked, calendarsNamedIn(body));
    try {
      return { results: simulate(withHolidays(body), (name) => stored.get(name)) };
    } catch (error) {
      if (error instanceof SimulationFault) {
        throw Problem.invalid(error.detail, [{ field: error.field, detail: error.detail }]);
      }
      // Such as a target that the calendar does not reach in ten years.
      if (error instanceof CalendarError) {
        throw Problem.invalid(error.detail, [{ field: 'calendar', detail: error.detail }]);
      }
      throw error;
    }
  }

  private async stored(asked: Asked, names: readonly string[]): Promise<Map<string, CalendarTerms>> {
    const found = new Map<string, CalendarTerms>();
    for (const name of names) {
      const calendar = await this.calendars.byName(asked, name);
      if (calendar === null) continue;

      const { id, version } = calendar;
      found.set(name, { id, name, version, hours: await this.calendars.compiled(asked, id, version) });
    }
    return found;
  }
}
