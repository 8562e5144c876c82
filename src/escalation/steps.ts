import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Alarms, type Alarm } from './alarms.js';
import { goesTogether } from './notifying/bundles.js';
import type { Chain } from './chain/chain.js';
import { restingAt } from './chain/rest.js';
import { onCall } from './chain/rota.js';
import { nextNotification, type Alarming, type OnDuty, type Progress, type Turn } from './chain/next-notification.js';
import type { MethodKind } from './methods.js';
import { destinationsOf, Responders, type Responder } from './responders.js';
import { Rotas, type NamedRota } from './rotas.js';
import { Timeline, type TimelineEntry } from './timeline.js';

/** What a step needs to know of an incident; its row is locked. */
export interface SteppingIncident extends Progress {
  readonly id: string;
  readonly ticketNumber: number;
  readonly chain: Chain;
}

/** The same calls, for all incidents of a batch that are at the same place of a chain that calls the same people. */
interface Calls {
  readonly step: number;
  readonly round: number;
  readonly notify: readonly string[];
  readonly incidents: string[];
}

/** For one batch of incidents, where each is told by itself. */
const MOST_RINGS = 4;

const IN_WORDS: Record<Alarming, string> = {
  'chain-empty': 'Nobody of its chain can be notified; the emergency contact is notified instead.',
  nobody: 'Nobody can be notified of it, not even the emergency contact.',
};

/** Takes incidents as far along their chains as is due, a whole batch by one statement a table. */
@Injectable()
export class Steps {
  constructor(
    private readonly responders: Responders,
    private readonly rotas: Rotas,
    private readonly timeline: Timeline,
    private readonly alarms: Alarms,
    private readonly jobs: JobQueue,
  ) {}

  /** Who can be called at this moment, and who is the emergency contact. */
  async onDuty(tx: Transaction, now: Date): Promise<OnDuty> {
    return dutyOf(await this.responders.list(tx), await this.rotas.list(tx), now);
  }

  /** Writes the notifications that are due and the time of each next step; answers how many incidents went on. */
  async take(tx: Transaction, incidents: readonly SteppingIncident[], now: Date): Promise<number> {
    const responders = new Map((await this.responders.list(tx)).map((responder) => [responder.name, responder]));
    const onDuty = dutyOf([...responders.values()], await this.rotas.list(tx), now);
    const moved = incidents
      .map((incident) => ({ incident, turns: turnsOf(incident, onDuty, now) }))
      .filter(({ turns }) => turns.length > 0);
    if (moved.length === 0) return 0;

    await this.notify(tx, callsOf(moved), responders, now);
    await this.goOn(tx, moved);
    await this.tell(tx, moved, onDuty, now);
    return moved.length;
  }

  /** In a storm these are ten thousands of rows: who is called, and how, goes to the database once and not once for each incident. */
  private async notify(tx: Transaction, all: readonly Calls[], responders: ByName, now: Date): Promise<void> {
    const ways = all.flatMap(({ step, round, notify }, turn) =>
      notify.flatMap((name) => {
        const responder = responders.get(name);
        const destinations = responder === undefined ? [] : destinationsOf(responder);
        return destinations.map((way) => ({ turn, step, round, responder: responder?.id, name, ...way }));
      }),
    );
    const incidents = all.flatMap((calls) => calls.incidents);
    const turns = all.flatMap((calls, turn) => calls.incidents.map(() => turn));
    // One ring is enough for all that goes by the same way, and a few for what goes by itself: whoever hears them looks for more.
    const rings = await tx.query<{ id: string; method: MethodKind; place: number }>(
      `with written as (
         insert into notification
           (incident_id, kind, step, round, responder_id, responder_name, position, method, address, state, created_at, next_try_at)
         select place.incident, 'alert', way.step, way.round, way.responder, way.name, way.position, way.method, way.address, 'queued',
           $4::timestamptz, $4::timestamptz + way."afterSeconds" * interval '1 second'
         from unnest($1::uuid[], $2::integer[]) as place (incident, turn)
           join jsonb_to_recordset($3::jsonb) as way (turn integer, step integer, round integer, responder uuid, name text, position integer,
             method text, address text, "afterSeconds" float8) using (turn)
         returning id, next_try_at, method, address, responder_name),
       due as (
         select id, method, row_number() over (partition by method, address, responder_name)::integer as place from written
         where next_try_at <= $4)
       select id, method, place from due where place <= ${MOST_RINGS}`,
      [incidents, turns, JSON.stringify(ways), now],
    );
    for (const { id, method, place } of rings)
      if (place === 1 || !goesTogether(method)) this.jobs.ring(tx, 'send-notification', id);
  }

  private async goOn(tx: Transaction, moved: readonly Moved[]): Promise<void> {
    const places = moved.map(({ incident, turns }) => ({ id: incident.id, ...turns.at(-1)?.next }));
    await tx.query(
      `update incident set step = place.step, round = place.round, next_step_at = place.at
       from jsonb_to_recordset($1::jsonb) as place (id uuid, step integer, round integer, at timestamptz)
       where incident.id = place.id`,
      [JSON.stringify(places)],
    );
  }

  private async tell(tx: Transaction, moved: readonly Moved[], onDuty: OnDuty, at: Date): Promise<void> {
    const entries: TimelineEntry[] = [];
    const alarms: Alarm[] = [];
    for (const { incident, turns } of moved) {
      for (const { step, round, notify, emptySteps, alarm } of turns) {
        for (const step of emptySteps)
          entries.push({ incident: incident.id, at, type: 'stepEmpty', data: { step: step + 1 } });
        if (alarm !== null) {
          const detail = `An incident of ticket #${incident.ticketNumber}: ${IN_WORDS[alarm]}`;
          entries.push({ incident: incident.id, at, type: 'alarm', data: { alarm, detail } });
          alarms.push({ kind: alarm, subject: incident.id, detail });
        }
        if (notify.length > 0) {
          const data = { step: step + 1, round, notify, ...rotasOf(incident.chain.steps[step]?.notify ?? [], onDuty) };
          entries.push({ incident: incident.id, at, type: 'stepTaken', data });
        }
      }
    }
    await this.timeline.write(tx, entries);
    await this.alarms.raise(tx, alarms);
  }
}

interface Moved {
  readonly incident: SteppingIncident;
  readonly turns: readonly Turn[];
}

type ByName = ReadonlyMap<string, Responder>;

/** Of the names in a step those that are rotas, with whoever has the turn. */
function rotasOf(names: readonly string[], { onCall: turns }: OnDuty): { onCall?: Record<string, string> } {
  const found = names.flatMap((name) => {
    const who = turns?.get(name);
    return who === undefined ? [] : [[name, who] as const];
  });
  return found.length === 0 ? {} : { onCall: Object.fromEntries(found) };
}

/** Several where steps follow each other without a delay. */
function turnsOf(incident: SteppingIncident, onDuty: OnDuty, now: Date): Turn[] {
  const turns: Turn[] = [];
  let progress: Progress = incident;
  for (let turn = nextNotification(incident.chain, progress, onDuty, now); turn !== null;) {
    turns.push(turn);
    progress = { state: progress.state, step: turn.next.step, round: turn.next.round, nextStepAt: turn.next.at };
    turn = nextNotification(incident.chain, progress, onDuty, now);
  }
  return turns;
}

function callsOf(moved: readonly Moved[]): Calls[] {
  const calls = new Map<string, Calls>();
  for (const { incident, turns } of moved) {
    for (const { step, round, notify } of turns) {
      const key = JSON.stringify([step, round, notify]);
      const same = calls.get(key);
      if (same === undefined) calls.set(key, { step, round, notify, incidents: [incident.id] });
      else same.incidents.push(incident.id);
    }
  }
  return [...calls.values()];
}

/** Where a rota stands behind the chains, whoever is on call in it is the emergency contact; else, or if they have no method, the responder who is marked so. */
function dutyOf(responders: readonly Responder[], rotas: readonly NamedRota[], now: Date): OnDuty {
  const withMethod = new Set(responders.filter(isReachable).map(({ name }) => name));
  const awake = new Set(
    responders.filter(({ rest }) => rest === null || restingAt(rest, now) === null).map(({ name }) => name),
  );
  // Nothing silences the emergency contact, so rest does not count where a rota stands in that place.
  const turns = new Map(
    rotas.map(({ name, rota, emergency }) => [
      name,
      onCall(rota, now, (who) => withMethod.has(who) && (emergency || awake.has(who))),
    ]),
  );
  const marked = responders.find(({ emergency }) => emergency)?.name ?? null;
  const inTurn = turns.get(rotas.find(({ emergency }) => emergency)?.name ?? '');
  const emergency = inTurn !== undefined && withMethod.has(inTurn) ? inTurn : marked;
  const called = [...withMethod].filter((name) => awake.has(name) || name === emergency || name === marked);
  return { reachable: new Set(called), onCall: turns, emergency };
}

function isReachable(responder: Responder): boolean {
  return destinationsOf(responder).length > 0;
}
