import { Injectable } from '@nestjs/common';
import { Directory } from '../customers/directory.js';
import { DeskStore } from '../desk/desk.store.js';
import type { Transaction } from '../platform/database/transaction.js';
import { fullTime } from '../platform/rendering/times.js';
import { Now } from '../platform/time/now.js';
import { theDesk } from '../tickets/actor.js';
import { Conversation } from '../tickets/conversation.js';
import { Resolution } from '../tickets/resolution.js';
import { HeartbeatMonitors, type HeartbeatMonitor } from './heartbeat-monitors.js';
import { Incidents } from './incidents.js';

const MINUTE_MS = 60_000;

/** A program outside is heard of, or falls silent. Its silence is a ticket and an incident; once it is heard again, the incident is over. */
@Injectable()
export class HeartbeatsOfOthers {
  constructor(
    private readonly monitors: HeartbeatMonitors,
    private readonly incidents: Incidents,
    private readonly conversation: Conversation,
    private readonly resolution: Resolution,
    private readonly directory: Directory,
    private readonly desk: DeskStore,
    private readonly now: Now,
  ) {}

  /** It lives. Answers its name; null where the address leads to none. */
  async hear(tx: Transaction, token: string): Promise<string | null> {
    const monitor = await this.monitors.behind(tx, token);
    if (monitor === null) return null;

    const at = this.now.read();
    const { id, everyMinutes, graceMinutes } = monitor;
    await tx.query(`update heartbeat_monitor set heard_at = $2, due_at = $3, silent_since = null where id = $1`, [
      ...[id, at, new Date(at.getTime() + (everyMinutes + graceMinutes) * MINUTE_MS)],
    ]);
    if (monitor.silentSince !== null && monitor.ticket !== null)
      await this.isBack(tx, monitor.ticket, monitor.name, at);
    return monitor.name;
  }

  /** It says itself that something is wrong, which is as good as silence. */
  async hearFailure(tx: Transaction, token: string): Promise<string | null> {
    const monitor = await this.monitors.behind(tx, token);
    if (monitor === null) return null;

    await tx.query(`update heartbeat_monitor set heard_at = $2 where id = $1`, [monitor.id, this.now.read()]);
    if (monitor.silentSince === null) await this.miss(tx, monitor, 'reports a failure');
    return monitor.name;
  }

  /** It is silent; its row is locked. */
  async fallsSilent(tx: Transaction, monitor: HeartbeatMonitor): Promise<void> {
    await this.miss(tx, monitor, 'is silent');
  }

  private async miss(tx: Transaction, monitor: HeartbeatMonitor, what: string): Promise<void> {
    const at = this.now.read();
    const ticket = (await this.livingTicket(tx, monitor)) ?? (await this.open(tx, monitor, what, at));
    await tx.query(`update heartbeat_monitor set silent_since = $2, due_at = null, ticket_number = $3 where id = $1`, [
      monitor.id,
      at,
      ticket,
    ]);
    await this.incidents.openWithoutClock(tx, { ticket, metric: 'heartbeat', dueAt: monitor.dueAt ?? at, what });
  }

  /** A program that stumbles goes on in one ticket until that is resolved. */
  private async livingTicket(tx: Transaction, { ticket }: HeartbeatMonitor): Promise<number | null> {
    if (ticket === null) return null;
    const [living] = await tx.query<{ number: number }>(
      `select number from ticket where number = $1 and status not in ('resolved', 'closed', 'spam') and merged_into is null for update`,
      [ticket],
    );
    return living?.number ?? null;
  }

  private async open(tx: Transaction, monitor: HeartbeatMonitor, what: string, at: Date): Promise<number> {
    const { name, level, queue, heardAt, everyMinutes, graceMinutes } = monitor;
    const { supportAddress, timezone } = await this.desk.readIn(tx);
    const requester = await this.directory.findOrAdd(tx, { email: supportAddress, name: 'Heartbeats' }, at);
    const last =
      heardAt === null ? 'It was never heard of.' : `It was last heard of on ${fullTime(heardAt, timezone)}.`;
    const rhythm = `It should ask its address every ${everyMinutes} minutes, and ${graceMinutes} minutes later at the latest.`;
    const { ticket } = await this.conversation.open(tx, {
      ...{ channel: 'api', at, requester, by: theDesk, level },
      ...(queue !== null && { queue }),
      subject: `${name} ${what}`,
      words: { text: `${name} ${what}. ${last} ${rhythm}`, files: [] },
      noAcknowledgementBecause: 'the desk wrote it itself',
    });
    return ticket.number;
  }

  /** Where no person has touched the ticket there is nothing left to do for one. */
  private async isBack(tx: Transaction, ticket: number, name: string, at: Date): Promise<void> {
    const [found] = await tx.query<{ untouched: boolean; living: boolean }>(
      `select status = 'new' and assignee_id is null as untouched, status not in ('closed', 'spam') and merged_into is null as living
       from ticket where number = $1 for update`,
      [ticket],
    );
    if (found?.living !== true) return;
    await this.incidents.closeWithoutClock(tx, ticket, 'stopped');
    await this.conversation.note(tx, ticket, {
      words: { text: `${name} is heard of again.`, files: [] },
      by: theDesk,
      at,
    });
    if (found.untouched) await this.resolution.resolve(tx, ticket, { by: theDesk, at });
  }
}
