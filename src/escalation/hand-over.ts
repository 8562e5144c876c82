import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Now } from '../platform/time/now.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import type { AcknowledgedBy, IncidentState } from './incident.entity.js';
import { destinationsOf, Responders, type Responder } from './responders.js';
import { Timeline } from './timeline.js';

/** An incident goes from the one who has it to a colleague. Until the colleague accepts, it stays where it is. */
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
    await this.ask(tx, incident, colleague, at);
  }

  private async ask(tx: Transaction, incident: string, { id, name, ...colleague }: Responder, at: Date): Promise<void> {
    for (const { position, method, address } of destinationsOf(colleague)) {
      const [row] = await tx.query<{ id: string }>(
        `insert into notification
           (incident_id, kind, step, round, responder_id, responder_name, position, method, address, state, created_at, next_try_at)
         values ($1, 'offered', 0, 0, $2, $3, $4, $5, $6, 'queued', $7::timestamptz, $7) returning id`,
        [incident, id, name, position, method, address, at],
      );
      if (row !== undefined) this.jobs.ring(tx, 'send-notification', row.id);
    }
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
