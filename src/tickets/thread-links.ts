import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';

const PURPOSE = 'thread-link';
const LIFETIME_DAYS = 180;
const DAY_MS = 86_400_000;

/** Whom a link lets in, and to what. */
export interface ThreadVisit {
  readonly ticket: number;
  readonly contact: { readonly id: string; readonly email: string; readonly name: string };
  readonly kind: 'requester' | 'cc';
  /** Who was taken in later sees what was said since, and what they said themselves. */
  readonly since: Date | null;
}

interface ParticipantRow {
  readonly ticket: number;
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly kind: 'requester' | 'cc';
  readonly joinedAt: Date;
}

const select = `select participant.ticket_number as ticket, contact.id, contact.email, contact.name, participant.kind,
    participant.joined_at as "joinedAt"
  from participant join contact on contact.id = participant.contact_id`;

/**
 * Links that let one customer into one conversation without a password. Each is signed, bound to the person and the ticket, ends
 * after half a year, and is taken back with all its siblings by raising the participant's generation.
 */
@Injectable()
export class ThreadLinks {
  constructor(
    private readonly signer: Signer,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  /** The full address of the conversation for this participant. */
  async link(tx: Transaction, ticket: number, contactId: string): Promise<string> {
    const [participant] = await tx.query<{ id: string; generation: number }>(
      `select id, link_generation as generation from participant where ticket_number = $1 and contact_id = $2`,
      [ticket, contactId],
    );
    if (!participant) throw new Error(`There is no link to ticket #${ticket} for somebody who has no part in it.`);
    return this.linkOf(participant);
  }

  /** The same, for who is known already. */
  linkOf(participant: { readonly id: string; readonly generation: number }): string {
    const lastDay = Math.floor(this.now.read().getTime() / DAY_MS) + LIFETIME_DAYS;
    const payload = [participant.id, participant.generation, lastDay].join('.');
    return `${this.config.publicUrl}/t/${this.signer.token(PURPOSE, payload)}`;
  }

  /** Whom the token lets in now. The conversation of a merged ticket is found where it went on. */
  async open(tx: Transaction, token: string): Promise<ThreadVisit> {
    const [id, generation, lastDay] = this.signer.open(PURPOSE, token)?.split('.') ?? [];
    if (id === undefined || Number(lastDay) * DAY_MS + DAY_MS <= this.now.read().getTime()) throw noLonger();

    const [participant] = await tx.query<ParticipantRow>(
      `${select} where participant.id = $1 and link_generation = $2`,
      [id, Number(generation)],
    );
    if (!participant) throw noLonger();

    return visit((await this.whereItWentOn(tx, participant)) ?? participant);
  }

  /** Takes back every link that this person was given to this conversation. */
  async revoke(tx: Transaction, ticket: number, contactId: string): Promise<void> {
    await tx.query(
      `update participant set link_generation = link_generation + 1 where ticket_number = $1 and contact_id = $2`,
      [ticket, contactId],
    );
  }

  private async whereItWentOn(tx: Transaction, { ticket, id }: ParticipantRow): Promise<ParticipantRow | null> {
    const [row] = await tx.query<ParticipantRow>(
      `with recursive way as (
         select number, merged_into from ticket where number = $1
         union select ticket.number, ticket.merged_into from ticket join way on ticket.number = way.merged_into)
       ${select} where contact.id = $2 and ticket_number in (select number from way where merged_into is null)`,
      [ticket, id],
    );
    return row ?? null;
  }
}

const visit = ({ ticket, id, email, name, kind, joinedAt }: ParticipantRow): ThreadVisit => ({
  ticket,
  contact: { id, email, name },
  kind,
  since: kind === 'requester' ? null : joinedAt,
});

const noLonger = (): Problem =>
  Problem.notFound(
    'This link does not lead anywhere, or does so no longer. The newest mail from us holds a fresh one.',
  );
