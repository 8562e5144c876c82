import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { dialled, type PhoneMethod } from '../methods.js';
import { Providers } from '../providers.js';
import { NotSetUp, type DirectChannel, type Handed, type Order } from './channel.js';
import { twilioMakes } from './twilio.js';
import { wordsOf } from './words.js';

/** Twilio cuts nothing: what is longer is refused. */
const LONGEST = 1600;

/** A text message by Twilio, which tells later whether it was delivered. */
@Injectable()
export class SmsChannel implements DirectChannel<PhoneMethod> {
  constructor(
    private readonly providers: Providers,
    private readonly config: Config,
  ) {}

  async prepare(order: Order): Promise<() => Promise<Handed>> {
    const text = textOf(order);
    const account = await this.providers.twilio();
    if (account === null) throw new NotSetUp('Twilio', text);

    const sender = account.from.startsWith('MG') ? 'MessagingServiceSid' : 'From';
    const send = await twilioMakes(account, 'Messages', [
      ['To', order.address],
      [sender, account.from.startsWith('MG') ? account.from : dialled(account.from)],
      ['Body', text],
      ['StatusCallback', `${this.config.publicUrl}/channels/twilio/messages/${order.key}`],
    ]);
    return async () => ({ receipt: await send(), promised: true });
  }
}

function textOf(order: Order): string {
  const { title, facts, links } = wordsOf(order);
  const listed = order.bundle.length > 1 ? facts.map(([label, value]) => `${label} ${value}`) : [];
  const answer = order.code === null ? [] : [`Answer ${order.code} to take it.`];
  const [link] = links;
  const ending = [...answer, ...(link === undefined ? [] : [link.url])].join('\n');
  return [[title, ...listed].join('\n').slice(0, LONGEST - ending.length - 1), ending].filter(Boolean).join('\n');
}
