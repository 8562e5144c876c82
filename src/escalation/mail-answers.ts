import { Injectable } from '@nestjs/common';
import { MailReceived } from '../mail/mail-events.js';
import { MailLog } from '../mail/mail-log.js';
import type { ReceivedMail } from '../mail/received-mail.js';
import type { Transaction } from '../platform/database/transaction.js';
import { EventBus } from '../platform/events/event-bus.js';
import { Now } from '../platform/time/now.js';
import { Acknowledgement } from './acknowledgement.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import { Timeline } from './timeline.js';

/**
 * An answer to a call for help acknowledges it: the address that it goes to proves the notification, and the sender must be the one who
 * was called. Automatic mail never does; an out-of-office note is not a person who is awake. What does not fit is mail like any other.
 */
@Injectable()
export class MailAnswers {
  constructor(
    events: EventBus,
    private readonly links: AcknowledgementLinks,
    private readonly acknowledgement: Acknowledgement,
    private readonly mailLog: MailLog,
    private readonly timeline: Timeline,
    private readonly now: Now,
  ) {
    // Before the tickets look at it, for whom it would be a new request.
    events.follow(
      MailReceived,
      async (tx, facts) => {
        for (const { mail } of facts) await this.take(tx, mail);
      },
      { order: -20 },
    );
  }

  private async take(tx: Transaction, mail: ReceivedMail): Promise<void> {
    const answered = mail.replyTokens.flatMap((token) => this.links.openReply(token) ?? []);
    if (answered.length === 0) return;

    const call = await this.callOf(tx, answered);
    if (call === null) return;
    const { ticket, email } = call;
    if (mail.automatic !== null) {
      const reason = 'An automatic answer to a call for help; it acknowledges nothing.';
      await this.mailLog.filed(tx, mail.id, { outcome: 'automatic', reason, ticket });
      return this.ignore(tx, call, 'it was automatic');
    }
    const sender = mail.from?.email.toLowerCase() ?? '';
    if (sender !== email.toLowerCase()) return this.ignore(tx, call, `it came from ${sender || 'nobody'}`);
    if (mail.authentication.dmarc === 'fail') return this.ignore(tx, call, 'the domain of its sender disowns it');

    const outcomes = await this.acknowledgement.byNotification(tx, call.id, 'mail');
    const reason = outcomes.some(({ outcome }) => outcome === 'acknowledged')
      ? 'An answer to a call for help: it has acknowledged the incident.'
      : 'An answer to a call for help that had been acknowledged, or was over, already.';
    await this.mailLog.filed(tx, mail.id, { outcome: 'appended', reason, ticket, threadedBy: 'token' });
  }

  private async ignore(tx: Transaction, { incident, responder }: Call, because: string): Promise<void> {
    const data = { responder, method: 'email', because };
    await this.timeline.write(tx, [{ incident, at: this.now.read(), type: 'answerIgnored', data }]);
  }

  private async callOf(tx: Transaction, numbers: readonly string[]): Promise<Call | null> {
    const [call] = await tx.query<Call>(
      `select notification.id, notification.address as email, incident.ticket_number as ticket,
         incident.id as incident, notification.responder_name as responder
       from notification join incident on incident.id = notification.incident_id
       where notification.number = any($1::bigint[]) and notification.kind = 'alert' and notification.method = 'email'
         and notification.created_at > $2 limit 1`,
      [numbers, this.links.oldest()],
    );
    return call ?? null;
  }
}

interface Call {
  readonly id: string;
  readonly email: string;
  readonly ticket: number;
  readonly incident: string;
  readonly responder: string;
}
