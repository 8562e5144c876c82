import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { spanInWords } from '../../platform/rendering/times.js';
import { ALWAYS_OPEN } from '../../support-hours/calendars.js';

export interface Urgency {
  readonly level: string;
  readonly title: string;
  readonly description: string;
  readonly promise: string | null;
  readonly roundTheClock: boolean;
}

type Target = number | { readonly workingDays: number } | null | undefined;

/** The levels in plain words, as the customer is asked: the most urgent first. */
@Injectable()
export class Urgencies {
  constructor(private readonly database: Database) {}

  async read(): Promise<Urgency[]> {
    const levels = await this.database.query<{ name: string; title: string; description: string; target: Target; calendar: string | null }>(
      `select level.name, level.title, level.description, level.targets -> 'firstResponse' as target, calendar.name as calendar
       from level left join calendar on calendar.id = level.calendar_id order by level.position, level.name`,
    );
    return levels.map(({ name, title, description, target, calendar }) => {
      const roundTheClock = calendar === ALWAYS_OPEN;
      return { level: name, title, description, roundTheClock, promise: promiseOf(target, roundTheClock) };
    });
  }
}

function promiseOf(target: Target, roundTheClock: boolean): string | null {
  if (target === undefined || target === null || target === 0) return null;

  const within = typeof target === 'number' ? spanInWords(target * 60) : days(target.workingDays);
  return `We answer within ${within}${roundTheClock ? ', day and night' : ' of our support hours'}.`;
}

function days(count: number): string {
  return count === 1 ? 'one working day' : `${count} working days`;
}
