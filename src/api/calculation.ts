import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { BusinessCalendar } from '../calendar/business-calendar.js';
import { CalendarError } from '../calendar/calendar-error.js';
import { faultsOf } from './contract/words.js';

type Operation =
  | { readonly op: 'add'; readonly start: string; readonly seconds: number }
  | { readonly op: 'addDays'; readonly start: string; readonly days: number }
  | { readonly op: 'between'; readonly start: string; readonly end: string }
  | {
      readonly op: 'isOpen' | 'nextOpen' | 'nextClose' | 'previousOpen' | 'previousClose';
      readonly at: string;
    }
  | { readonly op: 'periods'; readonly start: string; readonly count: number };

export type OperationResult =
  | { readonly at: string }
  | { readonly seconds: number }
  | { readonly open: boolean }
  | { readonly periods: readonly (readonly [string, string])[] }
  | { readonly error: { readonly code: string; readonly detail: string } };

/** Every instant that the operations name, as far as they are operations. */
export function instantsIn(operations: readonly unknown[]): Date[] {
  return operations.flatMap((operation) => {
    const { start, end, at } = (operation ?? {}) as Record<string, unknown>;
    return [start, end, at].flatMap((text) => (typeof text === 'string' ? [new Date(text)] : []));
  });
}

/** What the calendar answers to each operation; one that cannot be answered has its error in its place. */
export function calculate(
  calendar: BusinessCalendar,
  operations: readonly unknown[],
  isOperation: ValidateFunction,
): OperationResult[] {
  return operations.map((operation) => {
    if (!isOperation(operation)) return refused(isOperation);
    try {
      return answer(calendar, operation as Operation);
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;
      return { error: { code: error.code, detail: error.detail } };
    }
  });
}

function answer(calendar: BusinessCalendar, operation: Operation): OperationResult {
  switch (operation.op) {
    case 'add':
      return moment(calendar.addTime(new Date(operation.start), operation.seconds));
    case 'addDays':
      return moment(calendar.addDays(new Date(operation.start), operation.days));
    case 'between':
      return { seconds: calendar.timeBetween(new Date(operation.start), new Date(operation.end)) };
    case 'isOpen':
      return { open: calendar.isOpen(new Date(operation.at)) };
    case 'periods': {
      const periods = calendar.periods(new Date(operation.start), operation.count);
      return { periods: periods.map(([from, to]) => [from.toISOString(), to.toISOString()] as const) };
    }
    default:
      return moment(calendar[operation.op](new Date(operation.at)));
  }
}

const moment = (at: Date): OperationResult => ({ at: at.toISOString() });

function refused({ errors }: ValidateFunction): OperationResult {
  const detail = faultsOf(errors ?? []).map(({ field, detail: words }) => `${field} ${words}`.trim());
  return { error: { code: 'invalidOperation', detail: `${detail.join('; ')}.` } };
}
