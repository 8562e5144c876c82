import {
  beginRun,
  breakBefore,
  cancel,
  isOpen,
  look,
  moveDue,
  pause,
  reopen,
  resume,
  start,
  stop,
  turnRun,
  type CancelCause,
  type Clock,
  type OpenClock,
  type Promised,
  type Run,
  type Seen,
} from './clock.js';
import { pausesIn, targetOf, type Agreement, type CalendarTerms, type Held, type Terms } from './targets.js';
import {
  inOrder,
  isConcluded,
  lifelong,
  metrics,
  type Metric,
  type Status,
  type Timeline,
  type TimelineEvent,
} from './timeline.js';

/**
 * All clocks of a ticket from its timeline. `step` takes the state of things and one event and gives the state after it; `clocksAt`
 * shows the clocks at an instant. Looking changes nothing, so however often somebody looked, the result is the same.
 */

/** A metric with no target runs unseen: a policy that turns it on later counts from the original start. */
interface Unpromised {
  readonly state: 'off';
  readonly metric: Metric;
  readonly run: Run;
  readonly over: boolean;
  /** By which hours it is counted since it is over. */
  readonly countedOn: CalendarTerms | null;
  readonly manualDueAt: null;
  readonly cycle: number;
  readonly judgement: number;
  /** What was promised once, until the metric was turned off. */
  readonly was: Seen | null;
}

export type Track = Clock | Unpromised;

/** While a ticket is merged or spam, this is what is seen of it. Beneath, all goes on, so that it can be taken back. */
interface Away {
  readonly causes: readonly CancelCause[];
  readonly shown: readonly Seen[];
  readonly broken: readonly number[];
}

export interface TicketState {
  /** The instant of the last event. */
  readonly now: Date | null;
  readonly held: Held;
  readonly opener: 'customer' | 'staff';
  readonly created: boolean;
  readonly status: Status;
  readonly team: string | null;
  /** Who had the ticket in each handling, in the order of their tracks. */
  readonly handlers: readonly string[];
  readonly tracks: readonly Track[];
  /** The tracks that stood breached when this instant began: not before it is over is a breach taken back. */
  readonly broken: readonly number[];
  readonly away: Away | null;
}

export function nothingYet(held: Partial<Held> = {}): TicketState {
  return {
    now: null,
    held: { level: null, policy: null, calendar: null, ...held },
    opener: 'customer',
    created: false,
    status: 'new',
    team: null,
    handlers: [],
    tracks: [],
    broken: [],
    away: null,
  };
}

/** The clocks of a ticket as of `at`: every event up to and including that instant counts, none after it. */
export function replay(timeline: Timeline, terms: Terms, at: Date): Seen[] {
  return clocksAt(stateAt(timeline, terms, at), at);
}

/** How things stand with a ticket as of `at`. */
export function stateAt(timeline: Timeline, terms: Terms, at: Date): TicketState {
  let state = nothingYet();
  for (const event of inOrder(timeline)) {
    if (event.at > at) break;
    state = step(state, event, terms);
  }
  return state;
}

/** What is seen at an instant that is not before the last event. */
export function clocksAt(state: TicketState, at: Date): Seen[] {
  const seen = state.away?.shown ?? visible(settle(state), at);
  return seen.toSorted((a, b) => metrics.indexOf(a.metric) - metrics.indexOf(b.metric) || a.cycle - b.cycle);
}

const visible = (tracks: readonly Track[], at: Date): Seen[] =>
  tracks.flatMap((track) => (track.state !== 'off' ? [look(track, at)] : track.was !== null ? [track.was] : []));

/** One event. Events come in order; whatever falls due between two of them has come before the second. */
export function step(before: TicketState, event: TimelineEvent, terms: Terms): TicketState {
  const state = underTerms(advance(before, event.at), event, terms);
  switch (event.type) {
    case 'created':
      return created(
        state,
        event.at,
        event.by,
        event.status ?? (event.by === 'customer' ? 'new' : 'open'),
        event.person,
      );
    case 'customerMessage':
      return customerWrote(state, event.at);
    case 'agentReply':
    case 'call':
      return answered(state, event.at, event.person);
    case 'status':
      return statusBecame(state, event.at, event.status, event.person);
    case 'assigned':
      return event.team === undefined ? state : teamBecame(state, event.at, event.team, event.person);
    case 'manualDue':
      return dueSet(state, event.at, event.metric, event.dueAt);
    case 'merged':
      return goAway(state, event.at, 'merged');
    case 'unmerged':
      return comeBack(state, 'merged');
    default:
      return state;
  }
}

// ---- time

function advance(state: TicketState, at: Date): TicketState {
  if (state.now !== null && at <= state.now) return state;

  const tracks = breakAll(settle(state), at);
  return { ...state, now: at, tracks, broken: brokenAmong(tracks) };
}

/** Plain loops here and below: this is done once for each event, and mostly finds nothing to do. */
function breakAll(tracks: readonly Track[], at: Date): readonly Track[] {
  for (const track of tracks) {
    if (breaksBefore(track, at)) return tracks.map((one) => (one.state === 'running' ? breakBefore(one, at) : one));
  }
  return tracks;
}

const breaksBefore = (track: Track, at: Date): boolean =>
  track.state === 'running' && track.breachedAt === null && track.dueAt < at;

/** At the end of an instant: a breach that stood before it and stands no more has been taken back. */
function settle({ tracks, broken }: TicketState): readonly Track[] {
  if (broken.length === 0) return tracks;

  return tracks.map((track, i) =>
    broken.includes(i) && !isBroken(track) ? { ...track, judgement: track.judgement + 1 } : track,
  );
}

const isBroken = (track: Track): boolean => track.state !== 'off' && track.breachedAt !== null;

function brokenAmong(tracks: readonly Track[]): readonly number[] {
  let broken: number[] | undefined;
  for (let i = 0; i < tracks.length; i++) if (isBroken(tracks[i] as Track)) (broken ??= []).push(i);
  return broken ?? NONE;
}
const NONE: readonly number[] = [];

// ---- what was promised

function underTerms(state: TicketState, event: TimelineEvent, terms: Terms): TicketState {
  const held = terms.after(event, state.held);
  return held === state.held ? state : promiseAnew({ ...state, held }, event.at);
}

function promiseAnew(state: TicketState, at: Date): TicketState {
  const renewed = state.tracks.reduce(
    (tracks, track, i) => replaced(tracks, i, promise(state, tracks, track, track.manualDueAt, at)),
    state.tracks,
  );
  return followStatus({ ...state, tracks: renewed }, at);
}

/** The track under what holds now: promised for the first time or again, its due moved, or turned off. */
function promise(
  state: TicketState,
  tracks: readonly Track[],
  track: Track,
  manualDueAt: Date | null,
  at: Date,
): Track {
  const promised = promisedFor(state, track.metric, manualDueAt);
  if (track.state === 'off') {
    if (track.over || promised === null) return track;

    const cycle = track.cycle === 0 ? nextCycle(tracks, track.metric) : track.cycle;
    const { metric, judgement, run } = track;
    return start({ metric, cycle, judgement, run, promised, manualDueAt }, at);
  }
  if (!isOpen(track)) return track;
  return promised === null ? turnOff(track, at) : moveDue(track, promised, manualDueAt, at);
}

function promisedFor(state: TicketState, metric: Metric, manualDueAt: Date | null): Promised | null {
  const { policy } = state.held;
  const calendar = calendarOf(state, metric);
  if (policy === null || calendar === null) return null;

  const owed = metric !== 'firstResponse' || state.opener === 'customer' || policy.opensForStaff === true;
  const agreed = agreementOn(state, metric)?.target ?? null;
  const target = owed ? (agreed ?? targetOf(policy, metric)) : null;
  return target === null && manualDueAt === null ? null : { target, policy, calendar };
}

/** The hours by which a metric is counted now. */
function calendarOf(state: TicketState, metric: Metric): CalendarTerms | null {
  return agreementOn(state, metric)?.calendar ?? state.held.calendar;
}

/** What the team that has the ticket has agreed to, for its handling alone. */
function agreementOn({ held, team }: TicketState, metric: Metric): Agreement | null {
  const { agreement } = held;
  return metric === 'handling' && agreement?.team === team ? agreement : null;
}

function turnOff(clock: OpenClock, at: Date): Unpromised {
  const { metric, run, cycle, judgement } = clock;
  return {
    state: 'off',
    metric,
    run,
    over: false,
    countedOn: null,
    manualDueAt: null,
    cycle,
    judgement,
    was: look(cancel(clock, at, 'off'), at),
  };
}

const nextCycle = (tracks: readonly Track[], metric: Metric): number =>
  tracks.filter((track) => track.metric === metric && track.cycle > 0).length + 1;

function dueSet(state: TicketState, at: Date, metric: Metric, dueAt: Date | null): TicketState {
  const i = openIndex(state.tracks, metric);
  if (i < 0) return state;

  const track = promise(state, state.tracks, state.tracks[i] as Track, dueAt, at);
  return { ...state, tracks: replaced(state.tracks, i, track) };
}

// ---- what happens

function created(
  before: TicketState,
  at: Date,
  opener: 'customer' | 'staff',
  status: Status,
  person: string | null | undefined,
): TicketState {
  if (before.created) return before;

  const state = { ...before, created: true, opener };
  const started = FROM_THE_START.reduce<TicketState>((begun, metric) => begin(begun, metric, at), state);
  return statusBecame({ ...started, status: 'new' }, at, status, person);
}

const FROM_THE_START = ['firstResponse', 'resolution', ...lifelong] as const satisfies readonly Metric[];

function customerWrote(state: TicketState, at: Date): TicketState {
  const firstResponseOwed = openIndex(state.tracks, 'firstResponse') >= 0;
  const asked = openIndex(state.tracks, 'nextResponse') >= 0;
  return !state.created || firstResponseOwed || asked ? state : begin(state, 'nextResponse', at);
}

function answered(state: TicketState, at: Date, person: string | null | undefined): TicketState {
  if (!state.created) return state;

  const done = end(state, ['firstResponse', 'nextResponse', 'update'], at, person);
  return isConcluded(state.status) ? done : begin(done, 'update', at);
}

function statusBecame(before: TicketState, at: Date, status: Status, person: string | null | undefined): TicketState {
  if (status === 'spam') return goAway(before, at, 'spam');

  const state = comeBack(before, 'spam');
  // Merging closes a ticket and unmerging opens it again; for its clocks there is only the merging.
  if (state.away !== null) return state;

  const changed = { ...state, status };
  if (isConcluded(status)) return isConcluded(state.status) ? changed : conclude(changed, at, person);
  return followStatus(isConcluded(state.status) ? resumeWork(changed, at, state.status) : changed, at);
}

/** Resolved, answered or not: nothing is owed any more. */
function conclude(state: TicketState, at: Date, person: string | null | undefined): TicketState {
  return end(state, metrics, at, person);
}

function resumeWork(state: TicketState, at: Date, from: Status): TicketState {
  const handled = state.team === null ? state : begin(state, 'handling', at);
  const counted = lifelong.reduce((going, metric) => takeUp(going, metric, at, from), handled);
  return state.held.policy?.reopen === 'cycle'
    ? begin(counted, 'resolution', at)
    : takeUp(counted, 'resolution', at, from);
}

/** The last track of a metric goes on, or its first begins. */
function takeUp(state: TicketState, metric: Metric, at: Date, from: Status): TicketState {
  const last = state.tracks.findLastIndex((track) => track.metric === metric);
  const track = state.tracks[last];
  if (track === undefined) return begin(state, metric, at);

  return { ...state, tracks: replaced(state.tracks, last, goOn(state, track, at, from)) };
}

function goOn(state: TicketState, track: Track, at: Date, from: Status): Track {
  if (track.state === 'off') {
    const run = turnRun(turnRun(track.run, track.run.since, from), at, null);
    return promise(state, state.tracks, { ...track, run, over: false, countedOn: null }, null, at);
  }
  if (track.state !== 'met' && track.state !== 'breached') return track;

  const promised = promisedFor(state, track.metric, track.manualDueAt);
  return promised === null ? turnOff(reopen(track, track.promised, at, from), at) : reopen(track, promised, at, from);
}

function teamBecame(
  before: TicketState,
  at: Date,
  team: string | null,
  person: string | null | undefined,
): TicketState {
  if (team === before.team) return before;

  const state = { ...end(before, ['handling'], at, person), team };
  return team === null || isConcluded(state.status) ? state : begin(state, 'handling', at);
}

// ---- merged, spam, and back

function goAway(state: TicketState, at: Date, cause: CancelCause): TicketState {
  if (state.away !== null) {
    const causes = state.away.causes.includes(cause) ? state.away.causes : [...state.away.causes, cause];
    return { ...state, away: { ...state.away, causes } };
  }

  const cancelled = settle(state).map((track) => (isOpen(track) ? cancel(track, at, cause) : track));
  const shown = visible(cancelled, at);
  return { ...state, away: { causes: [cause], shown, broken: state.broken } };
}

/** As if it had never happened. A breach that was called off with the ticket and still stands is told anew. */
function comeBack(state: TicketState, cause: CancelCause): TicketState {
  const { away } = state;
  if (away?.causes.includes(cause) !== true) return state;

  const causes = away.causes.filter((other) => other !== cause);
  if (causes.length > 0) return { ...state, away: { ...away, causes } };

  const tracks = state.tracks.map((track, i) =>
    away.broken.includes(i) && isOpen(track) && isBroken(track) ? { ...track, judgement: track.judgement + 1 } : track,
  );
  return { ...state, tracks, away: null };
}

// ---- tracks

/** A metric starts to count: as a clock where something is promised, unseen where not. */
function begin(state: TicketState, metric: Metric, at: Date): TicketState {
  const run = beginRun(at, pausedBy(state, metric));
  const unseen: Unpromised = {
    state: 'off',
    metric,
    run,
    over: false,
    countedOn: null,
    manualDueAt: null,
    cycle: 0,
    judgement: 1,
    was: null,
  };
  return {
    ...state,
    handlers: metric === 'handling' && state.team !== null ? [...state.handlers, state.team] : state.handlers,
    tracks: [...state.tracks, promise(state, state.tracks, unseen, null, at)],
  };
}

function end(state: TicketState, ending: readonly Metric[], at: Date, person: string | null | undefined): TicketState {
  return {
    ...state,
    tracks: state.tracks.map((track) => {
      if (!ending.includes(track.metric)) return track;
      if (track.state === 'off') {
        return track.over
          ? track
          : { ...track, over: true, run: turnRun(track.run, at, null), countedOn: calendarOf(state, track.metric) };
      }
      return isOpen(track) ? stop(track, at, person ?? null) : track;
    }),
  };
}

/** Pauses what pauses in the ticket's status and lets the rest run. */
function followStatus(state: TicketState, at: Date): TicketState {
  return {
    ...state,
    tracks: state.tracks.map((track) => {
      const pausedIn = pausedBy(state, track.metric);
      if (track.state === 'off') {
        return track.over || track.run.pausedIn === pausedIn
          ? track
          : { ...track, run: turnRun(track.run, at, pausedIn) };
      }
      if (!isOpen(track)) return track;
      return pausedIn === null ? resume(track, at) : pause(track, at, pausedIn);
    }),
  };
}

function pausedBy({ held, status }: TicketState, metric: Metric): Status | null {
  return held.policy !== null && !isConcluded(status) && pausesIn(held.policy, metric, status) ? status : null;
}

const openIndex = (tracks: readonly Track[], metric: Metric): number =>
  tracks.findLastIndex((track) => track.metric === metric && (track.state === 'off' ? !track.over : isOpen(track)));

const replaced = (tracks: readonly Track[], i: number, track: Track): readonly Track[] =>
  tracks[i] === track ? tracks : tracks.with(i, track);
