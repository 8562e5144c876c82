import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Teams } from '../teams/teams.js';
import type { Actor, Deed } from './actor.js';
import type { Ticket } from './ticket.entity.js';
import { TicketJournal, type JournalEntry } from './ticket-journal.js';
import { TicketStore } from './ticket.store.js';

export interface Assignee {
  readonly id: string;
  readonly email: string;
}

/** A team as a ticket names it. */
export interface TeamOnTicket {
  readonly id: string;
  readonly name: string;
}

/** Who works on a ticket: a team, and of it a person. */
@Injectable()
export class Assignment {
  constructor(
    private readonly tickets: TicketStore,
    private readonly journal: TicketJournal,
    private readonly teams: Teams,
  ) {}

  /** Gives the ticket to the member of staff with this address. */
  async assign(tx: Transaction, number: number, email: string, deed: Deed): Promise<void> {
    await this.give(tx, number, await staffNamed(tx, email), deed);
  }

  /** Takes it oneself. */
  async take(tx: Transaction, number: number, deed: Deed): Promise<void> {
    if (deed.by.kind !== 'user') throw Problem.forbidden('Only a member of staff can take a ticket.');
    await this.assign(tx, number, deed.by.email, deed);
  }

  async release(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.give(tx, number, null, deed);
  }

  /**
   * Gives the ticket to the team of this name, or with null takes it from its team. An assignee who is no member of the new team is
   * released: what one team hands over is no longer on its people's desks.
   */
  async giveToTeam(tx: Transaction, number: number, team: string | null, deed: Deed): Promise<void> {
    const ticket = await this.tickets.lockToChange(tx, number);
    const to = team === null ? null : await this.teams.named(tx, team);
    const entries = await handOver(tx, ticket, to, deed);
    if (entries.length === 0) return;

    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.recordAll(tx, number, entries);
  }

  /** For those who hold the ticket already: whoever replies to a ticket that is nobody's has it from then on. */
  async claim(tx: Transaction, ticket: Ticket, deed: Deed): Promise<JournalEntry[]> {
    if (ticket.assigneeId !== null) return [];

    const replier = await staffWhoCanTake(tx, deed.by);
    if (!replier) return [];

    ticket.assigneeId = replier.id;
    return [assigned(replier.email, null, deed)];
  }

  private async give(tx: Transaction, number: number, to: Assignee | null, deed: Deed): Promise<void> {
    const ticket = await this.tickets.lockToChange(tx, number);
    if (ticket.assigneeId === (to?.id ?? null)) return;

    const from = ticket.assigneeId === null ? null : await emailOf(tx, ticket.assigneeId);
    ticket.assigneeId = to?.id ?? null;
    await this.tickets.save(tx, ticket, deed.at);
    await this.journal.recordAll(tx, number, [assigned(to?.email ?? null, from, deed)]);
  }
}

export const assigned = (
  assignee: string | null,
  from: string | null,
  { by, at }: Deed,
  teams: { readonly team?: string | null; readonly teamFrom?: string | null } = {},
): JournalEntry => ({
  type: 'assigned',
  at,
  by,
  data: { assignee, from, ...teams },
});

/** Changes the team of the ticket in hand and answers what must be written in its history. */
export async function handOver(
  tx: Transaction,
  ticket: Ticket,
  to: TeamOnTicket | null,
  deed: Deed,
): Promise<JournalEntry[]> {
  if (ticket.teamId === (to?.id ?? null)) return [];

  const teamFrom = ticket.teamId === null ? null : await teamName(tx, ticket.teamId);
  const from = ticket.assigneeId === null ? null : await emailOf(tx, ticket.assigneeId);
  const stays = ticket.assigneeId === null || to === null || (await isMember(tx, to.id, ticket.assigneeId));
  ticket.teamId = to?.id ?? null;
  if (!stays) ticket.assigneeId = null;
  return [assigned(stays ? from : null, from, deed, { team: to?.name ?? null, teamFrom })];
}

const takers = `select id, email from app_user where role <> 'customer' and disabled_at is null and not service`;

/** An enabled member of staff by address, else a problem with the field. */
export async function staffNamed(tx: Transaction, email: string): Promise<Assignee> {
  const staff = await findStaff(tx, email);
  if (!staff) {
    throw Problem.invalid(`Nobody with the address ${email} works here.`, [
      { field: 'assignee', detail: 'is no member of staff' },
    ]);
  }
  return staff;
}

export async function findStaff(tx: Transaction, email: string): Promise<Assignee | null> {
  const [row] = await tx.query<Assignee>(`${takers} and email = $1`, [email.trim().toLowerCase()]);
  return row ?? null;
}

async function staffWhoCanTake(tx: Transaction, by: Actor): Promise<Assignee | null> {
  if (by.kind !== 'user') return null;
  const [row] = await tx.query<Assignee>(`${takers} and id = $1`, [by.id]);
  return row ?? null;
}

async function emailOf(tx: Transaction, userId: string): Promise<string | null> {
  const [row] = await tx.query<{ email: string }>(`select email from app_user where id = $1`, [userId]);
  return row?.email ?? null;
}

async function teamName(tx: Transaction, id: string): Promise<string | null> {
  const [row] = await tx.query<{ name: string }>(`select name from team where id = $1`, [id]);
  return row?.name ?? null;
}

/** A team without members has not said who works for it: then anybody may. */
async function isMember(tx: Transaction, team: string, user: string): Promise<boolean> {
  const [row] = await tx.query<{ stays: boolean }>(
    `select not exists (select from team_member where team_id = $1)
       or exists (select from team_member where team_id = $1 and user_id = $2) as stays`,
    [team, user],
  );
  return row?.stays ?? false;
}
