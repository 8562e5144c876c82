import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import type { AcknowledgedBy, IncidentState } from './incident.entity.js';
import { destinationsOf, Responders, type Destination, type Responder } from './responders.js';
import { Timeline } from './timeline.js';

/** Who is asked has so long to say something; silence is a no. */
const ANSWER_MS = 10 * 60_000;
const BATCH = 500;

/**
 * An incident goes from the one who has it to a colleague. Until the colleague accepts, it stays where it is, and whoever has it is told how
 * that ended: taken, declined, or not answered in time.
 */
@Injectable()
export class HandOver {
  constructor(
    private readonly responders: Responders,
    private readonly links: AcknowledgementLinks,
    private readonly timeline: Timeline,
    private readonly jobs: JobQueue,
    private readonly now: Now,
  ) {}

  /** Asks a colleague, by all their methods. A later offer takes the place of an earlier one. */
  async offer(tx: Transaction, incident: string, to: string, by: CurrentUser): Promise<void> {
    await this.offerAs(tx, incident, to, { kind: 'user', id: by.id, name: by.name, email: by.email });
  }

  /** The same by the link in a notification, by whoever has the incident. */
  async offerByLink(tx: Transaction, token: string, to: string): Promise<void> {
    const { incident, responder } = await this.open(tx, token);
    await this.offerAs(tx, incident, to, { kind: 'responder', id: responder.id, name: responder.name });
  }

  /** The colleague takes it, or leaves it where it is. */
  async answer(tx: Transaction, token: string, accepts: boolean): Promise<void> {
    const { incident, responder } = await this.open(tx, token);
    const standing = await this.lock(tx, incident);
    if (standing.state !== 'acknowledged' || standing.offeredTo !== responder.id) {
      throw Problem.conflict('This offer does not stand any more: it was taken back, or the incident is over.');
    }
    const by: AcknowledgedBy = { kind: 'responder', id: responder.id, name: responder.name };
    await tx.query(
      `update incident set offered_to = null, offered_at = null, acknowledged_by = case when $3 then $2::jsonb else acknowledged_by end
       where id = $1`,
      [incident, JSON.stringify(by), accepts],
    );
    const data = { by, from: standing.by };
    await this.timeline.write(tx, [{ incident, at: this.now.read(), type: accepts ? 'accepted' : 'declined', data }]);
    await this.tellOfAnswer(tx, incident, standing.by);
  }

  /** Takes back the offers that nobody answered, and those to people who are there no more; answers how many. */
  async lapse(tx: Transaction): Promise<number> {
    const at = this.now.read();
    const lapsed = await tx.query<{ id: string; by: AcknowledgedBy; to: string | null }>(
      `with due as (
         select id, offered_to from incident where offered_at is not null and (offered_at <= $1 or offered_to is null)
         order by offered_at limit ${BATCH} for no key update skip locked)
       update incident set offered_to = null, offered_at = null
       from due left join responder on responder.id = due.offered_to
       where incident.id = due.id returning incident.id, incident.acknowledged_by as by, responder.name as to`,
      [new Date(at.getTime() - ANSWER_MS)],
    );
    await this.timeline.write(
      tx,
      lapsed.map(({ id, to }) => ({
        incident: id,
        at,
        type: 'unanswered',
        data: { to: to ?? 'A colleague who is gone' },
      })),
    );
    for (const { id, by } of lapsed) await this.tellOfAnswer(tx, id, by);
    return lapsed.length;
  }

  private async offerAs(tx: Transaction, incident: string, to: string, by: AcknowledgedBy): Promise<void> {
    const standing = await this.lock(tx, incident);
    if (standing.state === 'open')
      throw Problem.conflict('Nobody has this incident yet. Acknowledge it first; then you can hand it over.');
    if (standing.state === 'closed') throw Problem.conflict('This incident is over; there is nothing to hand over.');
    const colleague = (await this.responders.list(tx)).find(({ name }) => name === to);
    if (colleague === undefined)
      throw Problem.invalid('Choose a colleague from the list.', [{ field: 'to', detail: 'is nobody' }]);
    if (standing.by?.kind === 'responder' && standing.by.id === colleague.id)
      throw Problem.conflict(`${to} has this incident already.`);

    const at = this.now.read();
    await tx.query(`update incident set offered_to = $2, offered_at = $3 where id = $1`, [incident, colleague.id, at]);
    await this.timeline.write(tx, [{ incident, at, type: 'offered', data: { by, to } }]);
    await this.notify(tx, incident, 'offered', colleague, destinationsOf(colleague));
  }

  /** Tells the one who asked, but rings no telephone for it where there is another way. */
  private async tellOfAnswer(tx: Transaction, incident: string, asked: AcknowledgedBy | null): Promise<void> {
    if (asked === null) return;
    const responder = (await this.responders.list(tx)).find(({ id }) => asked.kind === 'responder' && id === asked.id);
    if (responder !== undefined) {
      const all = destinationsOf(responder);
      const quiet = all.filter(({ method }) => method !== 'voice');
      await this.notify(tx, incident, 'answered', responder, quiet.length > 0 ? quiet : all);
    } else if (asked.email !== undefined) {
      const byMail = { position: 0, method: 'email', address: asked.email } as const;
      await this.notify(tx, incident, 'answered', { id: null, name: asked.name }, [byMail]);
    }
  }

  private async notify(
    tx: Transaction,
    incident: string,
    kind: 'offered' | 'answered',
    { id, name }: { readonly id: string | null; readonly name: string },
    ways: readonly Pick<Destination, 'position' | 'method' | 'address'>[],
  ): Promise<void> {
    const rows = await tx.query<{ id: string }>(
      `insert into notification
         (incident_id, kind, step, round, responder_id, responder_name, position, method, address, state, created_at, next_try_at)
       select $1, $2, 0, 0, $3, $4, position, method, address, 'queued', $6::timestamptz, $6
       from jsonb_to_recordset($5::jsonb) as way (position integer, method text, address text) returning id`,
      [incident, kind, id, name, JSON.stringify(ways), this.now.read()],
    );
    for (const row of rows) this.jobs.ring(tx, 'send-notification', row.id);
  }

  private async open(tx: Transaction, token: string): Promise<{ incident: string; responder: Responder }> {
    const opened = await this.links.open(tx, token);
    if (opened === null) throw Problem.notFound('This link is not valid, or no longer.');
    return opened;
  }

  private async lock(tx: Transaction, incident: string): Promise<Standing> {
    const [standing] = await tx.query<Standing>(
      `select state, acknowledged_by as by, offered_to as "offeredTo" from incident where id = $1 for no key update`,
      [incident],
    );
    if (standing === undefined) throw Problem.notFound('There is no such incident.');
    return standing;
  }
}

interface Standing {
  readonly state: IncidentState;
  readonly by: AcknowledgedBy | null;
  readonly offeredTo: string | null;
}
