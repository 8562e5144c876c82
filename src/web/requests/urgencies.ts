import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { Target } from '../../sla/promises.js';
import { ALWAYS_OPEN } from '../../support-hours/calendars.js';
import { targetInWords } from '../target-in-words.js';

export interface Urgency {
  readonly level: string;
  readonly title: string;
  readonly description: string;
  readonly promise: string | null;
  readonly roundTheClock: boolean;
}

/** The levels in plain words, as the customer is asked: the most urgent first. */
@Injectable()
export class Urgencies {
  constructor(private readonly database: Database) {}

  async read(): Promise<Urgency[]> {
    const levels = await this.database.query<{
      name: string;
      title: string;
      description: string;
      target: Target | null;
      calendar: string | null;
    }>(
      `select level.name, level.title, level.description, level.targets -> 'firstResponse' as target, calendar.name as calendar
       from level left join calendar on calendar.id = level.calendar_id order by level.position, level.name`,
    );
    return levels.map(({ name, title, description, target, calendar }) => {
      const roundTheClock = calendar === ALWAYS_OPEN;
      return { level: name, title, description, roundTheClock, promise: promiseOf(target, roundTheClock) };
    });
  }
}

function promiseOf(target: Target | null, roundTheClock: boolean): string | null {
  if (target === null || target === 0) return null;
  if (typeof target === 'object') return `First answer within ${targetInWords(target)}.`;
  return `First answer within ${targetInWords(target)}${roundTheClock ? ', day and night' : ' of our support hours'}.`;
}
