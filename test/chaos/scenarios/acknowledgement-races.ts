import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosDesk } from '../chaos-desk.js';
import { clocksDue } from '../clocks.js';
import { LEVEL } from '../desk-file.js';
import { count, remark, type Scenario } from '../scenario.js';

const LATEST_MS = 1_000;
/** How far an acknowledgement is before or after the step that it races with, at most. */
const APART_MS = 400;

/** Somebody says "I am on it" at the very moment when the next one is about to be called. */
export const acknowledgementRaces: Scenario = {
  name: 'acknowledgement-races',
  promise: 'acknowledgement against the next step, 1,000 races',
  async *run(desk, scale) {
    const { races, everyMs } = scale === 'full' ? { races: 1_000, everyMs: 60 } : { races: 100, everyMs: 60 };
    await desk.startWorkers(2);
    await clocksDue(desk, LEVEL.race, { clocks: races, inMs: 1_000, withinMs: 1_000 });
    await desk.until('all are open', () => desk.pager.posted.length >= races);

    const incidents = await desk.query<{ id: string }>('select id from incident order by id');
    const begin = Date.now() + 2_000;
    await desk.query(
      `update incident set next_step_at = to_timestamp($1::float8 / 1000) + place * $2 * interval '1 millisecond'
       from (select id, row_number() over (order by id) - 1 as place from incident) as line where line.id = incident.id`,
      [begin, everyMs],
    );
    const acknowledged = new Map<string, number>();
    await Promise.all(
      incidents.map(async ({ id }, place) => {
        await sleep(begin + place * everyMs + (Math.random() * 2 - 1) * APART_MS - Date.now());
        await desk.post(`/incidents/${id}/acknowledgement`, {});
        acknowledged.set(id, Date.now());
      }),
    );
    // Whatever was about to leave has left by then, bundles too.
    await sleep(scale === 'full' ? 40_000 : 5_000);

    yield count('acknowledged', await desk.count(`incident where state = 'acknowledged'`), races);
    const calls = desk.pager.posted.filter(({ path, type }) => path === '/second' && type === 'incident.opened');
    const late = calls.filter(
      ({ incident, beganAt }) => beganAt > (acknowledged.get(incident?.id ?? '') ?? Infinity) + LATEST_MS,
    );
    yield remark(`won by the next step: ${calls.length}, by the acknowledgement: ${races - calls.length}`);
    yield count('calls begun more than 1 s after the acknowledgement', late.length, 0);
    yield count('letters begun more than 1 s after the last acknowledgement', await lateLetters(desk, acknowledged), 0);
  },
};

/** Letters of which every incident was acknowledged a second before they were begun. */
async function lateLetters(desk: ChaosDesk, acknowledged: ReadonlyMap<string, number>): Promise<number> {
  const told = await desk.query<{ messageId: string; incidents: string[] }>(
    `select message_id as "messageId", array_agg(incident_id::text) as incidents
     from notification join outgoing_mail on outgoing_mail.id = outgoing_mail_id
     where notification.kind = 'alert' group by 1`,
  );
  const incidentsOf = new Map(told.map(({ messageId, incidents }) => [messageId, incidents]));
  return desk.relay.letters.filter(({ messageId, beganAt }) => {
    const incidents = incidentsOf.get(messageId);
    if (incidents === undefined) return false;
    return beganAt > Math.max(...incidents.map((id) => acknowledged.get(id) ?? Infinity)) + LATEST_MS;
  }).length;
}
