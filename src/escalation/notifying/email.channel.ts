import { Injectable } from '@nestjs/common';
import { Postman } from '../../mail/postman.js';
import type { Transaction } from '../../platform/database/transaction.js';
import type { NotificationKind } from '../notification.entity.js';
import { ChannelError, type Order, type PostalChannel } from './channel.js';

const LETTER: Record<Exclude<NotificationKind, 'synthetic'>, string> = {
  alert: 'incident-opened',
  acknowledged: 'incident-acknowledged',
  closed: 'incident-closed',
  offered: 'incident-offered',
  answered: 'incident-answered',
  test: 'notification-test',
  verification: 'method-verification',
};

/** Posts a letter. It is handed over when the relay has accepted it, or when it was captured for want of a relay. */
@Injectable()
export class EmailChannel implements PostalChannel {
  constructor(private readonly postman: Postman) {}

  async post(tx: Transaction, order: Order): Promise<string> {
    const { address, responder, replyToken } = order;
    const letter = await this.postman.post(tx, {
      words: { template: templateOf(order), data: dataOf(order) },
      to: [{ email: address, name: responder }],
      automatic: 'notice',
      urgent: true,
      ...(replyToken !== null && { replyToken }),
    });
    await refuseUndeliverable(tx, letter.id);
    return letter.id;
  }
}

function templateOf({ kind, bundle }: Order): string {
  if (kind === 'synthetic') throw new Error('A synthetic notification is not for people.');
  return kind === 'alert' && bundle.length > 1 ? 'incidents-open' : LETTER[kind];
}

function dataOf({ briefing, bundle, more, responder, repetition, acknowledgeUrl, ...order }: Order): object {
  const { deskName, timezone, verification, replyToken } = order;
  return {
    ...briefing,
    ...{ deskName, timezone, responder, repetition, acknowledgeUrl, verification, more, incidents: bundle },
    count: bundle.length + more,
    byReply: replyToken !== null,
  };
}

/** A letter that can go to nobody has failed as soon as it is posted, such as one to an address of the desk itself. */
async function refuseUndeliverable(tx: Transaction, letter: string): Promise<void> {
  const [failed] = await tx.query<{ error: string }>(
    `select last_error as error from outgoing_mail where id = $1 and state = 'failed'`,
    [letter],
  );
  if (failed !== undefined) throw new ChannelError(failed.error, { permanent: true });
}
