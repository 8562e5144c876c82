import { elapsedBy, isOpen, type Run } from './clock.js';
import { explainRun, type LedgerLine } from './explain.js';
import type { TicketState, Track } from './replay.js';
import { workingTime, type CalendarTerms } from './targets.js';
import { measured, type Measured } from './timeline.js';

/**
 * How long the requester has waited, how long it was for us to work, and how long each team had the ticket: counted for every
 * ticket, whether a target is set or not.
 */
export interface Measure {
  readonly metric: Measured;
  /** Handling has one for each time that a team got the ticket; the others have one. */
  readonly cycle: number;
  readonly team: string | null;
  readonly run: Run;
  readonly calendar: CalendarTerms;
  /** Working time in milliseconds. */
  readonly countedMs: number;
  /** Whether it goes on counting, in open hours. */
  readonly counting: boolean;
  readonly endedAt: Date | null;
  /** A target is set: a clock says the same. */
  readonly promised: boolean;
}

/** What is measured of a ticket at an instant that is not before the last event; nothing while it is merged or spam. */
export function measuresAt(state: TicketState, at: Date): Measure[] {
  if (state.away !== null) return [];

  return measured.flatMap((metric) =>
    state.tracks
      .filter((track) => track.metric === metric)
      .flatMap((track, i) => {
        const team = metric === 'handling' ? (state.handlers[i] ?? null) : null;
        const measure = measureOf(track, calendarOf(track, state, team), at);
        return measure === null ? [] : [{ metric, cycle: i + 1, team, ...measure }];
      }),
  );
}

/** The account of a measure, as of a clock. */
export function explainMeasure({ run, calendar, endedAt }: Measure, at: Date): LedgerLine[] {
  return explainRun(run, endedAt === null ? at : null, calendar);
}

function measureOf(
  track: Track,
  calendar: CalendarTerms | null,
  at: Date,
): Omit<Measure, 'metric' | 'cycle' | 'team'> | null {
  if (calendar === null) return null;

  const { run } = track;
  if (track.state === 'off') {
    const counting = !track.over && run.pausedIn === null;
    const endedAt = track.over ? run.since : null;
    const countedMs = counted(run, calendar) + (counting ? upTo(at, run, calendar) : 0);
    return { run, calendar, countedMs, counting, endedAt, promised: false };
  }
  const endedAt = isOpen(track) ? null : track.stoppedAt;
  return {
    run,
    calendar,
    countedMs: elapsedBy(track, at),
    counting: track.state === 'running',
    endedAt,
    promised: true,
  };
}

function calendarOf(track: Track, { held }: TicketState, team: string | null): CalendarTerms | null {
  if (track.state !== 'off') return track.promised.calendar;
  const teams = team !== null && held.agreement?.team === team ? held.agreement.calendar : null;
  return track.countedOn ?? teams ?? held.calendar;
}

const counted = ({ past }: Run, { hours }: CalendarTerms): number =>
  past.reduce((sum, { from, to, pausedIn }) => sum + (pausedIn === null ? workingTime(hours, from, to) : 0), 0);

const upTo = (at: Date, { since }: Run, { hours }: CalendarTerms): number =>
  since < at ? workingTime(hours, since, at) : 0;
