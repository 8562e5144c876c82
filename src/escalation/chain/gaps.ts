import { DAY_MS } from '../../calendar/holidays.js';
import { zoneOf } from '../../calendar/local-time.js';
import { minutesOf } from '../../calendar/opening-hours.js';
import { restingAt, type Rest } from './rest.js';
import { changes, instantOf, onCall, type Rota } from './rota.js';

/** A stretch of time in which whoever has the turn cannot be called, and nobody stands in who can. */
export interface Gap {
  readonly from: Date;
  readonly to: Date;
  readonly who: string;
  /** `unreachable`: there is no way to call them, or they are no responder. */
  readonly why: 'away' | 'quiet' | 'unreachable';
}

/**
 * The gaps of a rota between two instants, in order. `people` are those who have a way to be called, with their rest; null: they have none,
 * or it does not count.
 */
export function gaps(rota: Rota, from: Date, to: Date, people: ReadonlyMap<string, Rest | null>): Gap[] {
  const whyNot = (who: string, at: Date): Gap['why'] | null => {
    const rest = people.get(who);
    if (rest === undefined) return 'unreachable';
    return rest === null ? null : (restingAt(rest, at)?.why ?? null);
  };
  const names = new Set([...rota.members, ...rota.overrides.map(({ who }) => who)]);
  const edges = [
    from.getTime(),
    ...changes(rota, from, to),
    ...[...names].flatMap((name) => edgesOf(people.get(name) ?? null, from, to)),
  ].filter((edge) => edge >= from.getTime() && edge < to.getTime());
  const moments = [...new Set(edges)].sort((a, b) => a - b);

  const found: Gap[] = [];
  moments.forEach((moment, index) => {
    const at = new Date(moment);
    const who = onCall(rota, at, (name) => whyNot(name, at) === null);
    const why = whyNot(who, at);
    if (why === null) return;
    const end = new Date(moments[index + 1] ?? to.getTime());
    const last = found.at(-1);
    if (last !== undefined && last.to.getTime() === moment && last.who === who && last.why === why)
      found[found.length - 1] = { ...last, to: end };
    else found.push({ from: at, to: end, who, why });
  });
  return found;
}

/** The instants at which somebody's rest begins or ends; some may lie outside. */
function edgesOf(rest: Rest | null, from: Date, to: Date): number[] {
  if (rest === null) return [];
  const { timezone, quietHours = [], away = [] } = rest;
  const zone = zoneOf(timezone);
  const absences = away.flatMap((one) => [instantOf(timezone, one.from), instantOf(timezone, one.to)]);
  const [first, last] = [from, to].map((at) => Math.floor(zone.toLocal(at.getTime()) / DAY_MS) * DAY_MS);
  const quiet: number[] = [];
  for (let day = (first ?? 0) - DAY_MS; day <= (last ?? 0) + DAY_MS; day += DAY_MS) {
    for (const [starts, ends] of quietHours) {
      const [start, end] = [minutesOf(starts) ?? 0, minutesOf(ends) ?? 0];
      const until = start <= end ? end : end + DAY_MS / 60_000;
      for (const span of zone.instantsOf(day + start * 60_000, day + until * 60_000)) quiet.push(span.from, span.to);
    }
  }
  return [...absences.flatMap((at) => at?.getTime() ?? []), ...quiet];
}
