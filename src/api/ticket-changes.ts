import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import type { Actor, Deed } from '../tickets/actor.js';
import { Assignment } from '../tickets/assignment.js';
import { StatusChanges } from '../tickets/status-changes.js';
import type { ChoosableStatus } from '../tickets/status.js';
import { TicketStore } from '../tickets/ticket.store.js';
import { Triage } from '../tickets/triage.js';
import type { ApiRequest } from './exchange.js';
import { checkPreconditions, etagOfVersion } from './preconditions.js';

/** The body of a PATCH. */
export interface ChangesGiven {
  readonly status?: ChoosableStatus;
  readonly level?: string;
  readonly levelReason?: string;
  readonly queue?: string;
  readonly team?: string | null;
  readonly assignee?: string | null;
  readonly tags?: readonly string[];
  readonly subject?: string;
}

export const actorOf = ({ id, name, email }: CurrentUser): Actor => ({ kind: 'user', id, name, email });

/** Several changes of one ticket, together or not at all. */
@Injectable()
export class TicketChanges {
  constructor(
    private readonly tickets: TicketStore,
    private readonly triage: Triage,
    private readonly assignment: Assignment,
    private readonly statuses: StatusChanges,
    private readonly now: Now,
  ) {}

  async apply(
    tx: Transaction,
    number: number,
    given: ChangesGiven,
    caller: CurrentUser,
    request: ApiRequest,
  ): Promise<void> {
    const { version } = await this.tickets.lock(tx, number);
    checkPreconditions(request, etagOfVersion(version));

    const deed: Deed = { by: actorOf(caller), at: this.now.read() };
    const { subject, tags, queue, level, levelReason, team, assignee, status } = given;
    if (subject !== undefined) await this.triage.setSubject(tx, number, subject, deed);
    if (tags !== undefined) await this.triage.setTags(tx, number, tags, deed);
    if (queue !== undefined) await this.triage.setQueue(tx, number, queue, deed);
    if (level !== undefined) await this.triage.setLevel(tx, number, level, levelReason, deed);
    if (team !== undefined) await this.assignment.giveToTeam(tx, number, team, deed);
    if (assignee === null) await this.assignment.release(tx, number, deed);
    else if (assignee !== undefined) await this.assignment.assign(tx, number, assignee, deed);
    if (status !== undefined) await this.setStatus(tx, number, status, deed);
  }

  /** Spam that is given another status is no spam: first it is again what it was before. */
  private async setStatus(tx: Transaction, number: number, status: ChoosableStatus, deed: Deed): Promise<void> {
    const ticket = await this.tickets.lock(tx, number);
    if (ticket.status === 'spam' && status !== 'spam') await this.triage.notSpam(tx, number, deed);
    await this.statuses.choose(tx, number, status, deed);
  }
}
