import type { CalendarDefinition } from '../calendar/calendar-definition.js';
import { checkGivenCalendar, withListedHolidays, type WrittenCalendar } from '../support-hours/written-calendar.js';
import { SimulationFault, type CalendarGiven, type PolicyGiven, type Simulation } from './clock/simulate.js';

/** The simulation with the holidays that the lists of its inline calendars give, so that the clocks need no tables of countries. */
export function withHolidays(simulation: Simulation): Simulation {
  const { calendar, policy, policies, events, at } = simulation;
  const instants = [...events.map((event) => event.at), ...at].map((text) => new Date(text));
  const filled = (given: CalendarGiven, field: string): CalendarGiven => filledIn(given, field, instants);
  const inPolicy = <P extends PolicyGiven>(given: P, field: string): P =>
    given.calendar ? { ...given, calendar: filled(given.calendar, `${field}.calendar`) } : given;
  return {
    ...simulation,
    calendar: filled(calendar, 'calendar'),
    ...(policy !== undefined && { policy: inPolicy(policy, 'policy') }),
    ...(policies !== undefined && { policies: policies.map((one, i) => inPolicy(one, `policies[${i}]`)) }),
    events: events.map((event, i) => ({
      ...event,
      ...(event.calendar !== undefined && { calendar: filled(event.calendar, `events[${i}].calendar`) }),
      ...(typeof event.policy === 'object' && { policy: inPolicy(event.policy, `events[${i}].policy`) }),
    })),
  };
}

function filledIn(given: CalendarGiven, field: string, instants: readonly Date[]): CalendarGiven {
  const takesFromElsewhere = typeof given === 'object' && ('holidayLists' in given || 'holidayFeeds' in given);
  if (!takesFromElsewhere) return given;

  const { name, ...written } = given;
  const [fault] = checkGivenCalendar(written);
  if (fault !== undefined) throw new SimulationFault(`${field}.${fault.field}`, fault.detail);

  const hours: CalendarDefinition = withListedHolidays(written as unknown as WrittenCalendar, instants);
  return { ...hours, ...(name !== undefined && { name }) };
}
