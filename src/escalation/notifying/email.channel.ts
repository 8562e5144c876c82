import { Injectable } from '@nestjs/common';
import { Postman } from '../../mail/postman.js';
import type { Transaction } from '../../platform/database/transaction.js';
import type { NotificationKind } from '../notification.entity.js';
import { ChannelError, type Order, type PostalChannel } from './channel.js';

const LETTER: Record<NotificationKind, string> = {
  alert: 'incident-opened',
  acknowledged: 'incident-acknowledged',
  closed: 'incident-closed',
};

/** Posts a letter. It is handed over when the relay has accepted it, or when it was captured for want of a relay. */
@Injectable()
export class EmailChannel implements PostalChannel {
  constructor(private readonly postman: Postman) {}

  async post(
    tx: Transaction,
    { kind, address, responder, briefing, repetition, acknowledgeUrl }: Order,
  ): Promise<string> {
    const data = { ...briefing, responder, repetition, acknowledgeUrl };
    const letter = await this.postman.post(tx, {
      words: { template: LETTER[kind], data },
      to: [{ email: address, name: responder }],
      automatic: 'notice',
    });
    await refuseUndeliverable(tx, letter.id);
    return letter.id;
  }
}

/** A letter that can go to nobody has failed as soon as it is posted, such as one to an address of the desk itself. */
async function refuseUndeliverable(tx: Transaction, letter: string): Promise<void> {
  const [failed] = await tx.query<{ error: string }>(
    `select last_error as error from outgoing_mail where id = $1 and state = 'failed'`,
    [letter],
  );
  if (failed !== undefined) throw new ChannelError(failed.error, { permanent: true });
}
