import type { ChaosDesk } from './chaos-desk.js';
import { count, type Figure } from './scenario.js';

/** What must be true of any storm of so many clocks when it is over, whatever died meanwhile: nobody's breach unheard, none told as two. */
export async function soundness(desk: ChaosDesk, clocks: number, path: string): Promise<Figure[]> {
  const alerts = desk.pager.posted.filter((posted) => posted.path === path && posted.type === 'incident.opened');
  const incidentsOf = groups(
    alerts,
    ({ ticket }) => String(ticket),
    ({ incident }) => incident?.id ?? '',
  );
  const keysOf = groups(
    alerts,
    ({ incident }) => incident?.id ?? '',
    ({ key }) => key,
  );
  const several = (sets: ReadonlyMap<string, Set<string>>): number =>
    [...sets.values()].filter(({ size }) => size > 1).length;
  return [
    count(
      'missed',
      clocks - (await desk.count('(select distinct clock_id from incident where clock_id is not null) as one')),
      0,
    ),
    count('double incidents', (await desk.count('incident')) - clocks, 0),
    count('breaches written twice', (await desk.count(`clock_event where type = 'breached'`)) - clocks, 0),
    count('incidents that the pager heard of', keysOf.size, clocks),
    count('told as two incidents', several(incidentsOf), 0),
    count('repeats under another key', several(keysOf), 0),
  ];
}

/** How many alerts arrived more than once, which at least once allows. */
export function repeats(desk: ChaosDesk, path: string): number {
  const alerts = desk.pager.posted.filter((posted) => posted.path === path && posted.type === 'incident.opened');
  return alerts.length - new Set(alerts.map(({ key }) => key)).size;
}

/** Of every breach somebody has heard, and nothing waits whose time has come; what a bundle holds back has not. */
export async function isDrained(desk: ChaosDesk, clocks: number): Promise<boolean> {
  const [left] = await desk.query<{ unheard: number; alerts: number; letters: number }>(
    `select
       $1 - (select count(distinct incident_id)::integer from notification where kind = 'alert' and state = 'handedOver') as unheard,
       (select count(*)::integer from notification
        where kind = 'alert' and state = 'queued' and next_try_at <= clock_timestamp()) as alerts,
       (select count(*)::integer from outgoing_mail where state = 'queued' and next_try_at <= clock_timestamp()) as letters`,
    [clocks],
  );
  return left !== undefined && left.unheard <= 0 && left.alerts === 0 && left.letters === 0;
}

function groups<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  valueOf: (item: T) => string,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const item of items) {
    const values = found.get(keyOf(item)) ?? new Set();
    found.set(keyOf(item), values.add(valueOf(item)));
  }
  return found;
}
