import { isOpen, type Clock, type Run, type Stretch } from './clock.js';
import { workingTime, type CalendarTerms } from './targets.js';

/** One line of a clock's account. The seconds of all counting lines together are what the clock has used. */
export interface LedgerLine {
  readonly from: string;
  readonly to: string;
  readonly kind: 'counting' | 'paused' | 'closed';
  /** From `from` to `to`. */
  readonly seconds: number;
  /** Working time counted by `to`. */
  readonly elapsedSeconds: number;
  readonly why: string;
}

/**
 * A clock's account from its start to `at` or its end, without gap or overlap, for anyone to check by hand. A pause shows
 * only the open hours in it as paused: that is the working time which is deducted.
 */
export function explain(clock: Clock, at: Date): LedgerLine[] {
  return explainRun(clock.run, isOpen(clock) ? at : null, clock.promised.calendar);
}

/** The account of a run: what is over of it and, where it goes on, what has lasted until `openUntil`. */
export function explainRun(run: Run, openUntil: Date | null, calendar: CalendarTerms): LedgerLine[] {
  const lines: LedgerLine[] = [];
  let elapsedMs = 0;
  for (const stretch of stretchesOf(run, openUntil)) {
    for (const part of calendar.hours.segments(stretch.from, stretch.to)) {
      const counts = part.open && stretch.pausedIn === null;
      if (counts) elapsedMs += workingTime(calendar.hours, part.from, part.to);
      lines.push({
        from: part.from.toISOString(),
        to: part.to.toISOString(),
        kind: !part.open ? 'closed' : counts ? 'counting' : 'paused',
        seconds: (part.to.getTime() - part.from.getTime()) / 1000,
        elapsedSeconds: elapsedMs / 1000,
        why: whyOf(stretch, part.open, calendar.name),
      });
    }
  }
  return lines;
}

function stretchesOf({ past, since, pausedIn }: Run, openUntil: Date | null): readonly Omit<Stretch, 'countedMs'>[] {
  return openUntil !== null && since < openUntil ? [...past, { from: since, to: openUntil, pausedIn }] : past;
}

function whyOf({ pausedIn }: Pick<Stretch, 'pausedIn'>, open: boolean, calendar: string | null): string {
  const hours = calendar ?? 'the calendar';
  if (!open) return `closed hours of ${hours}`;
  return pausedIn === null ? `open hours of ${hours}` : `paused: the ticket is ${pausedIn}`;
}
