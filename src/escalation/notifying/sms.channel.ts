import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { dialled, type PhoneMethod } from '../methods.js';
import { Providers } from '../providers.js';
import { NotSetUp, type DirectChannel, type Handed, type Order } from './channel.js';
import { inGsm7, shortMessage } from './short-message.js';
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

/** One message where that can be; only the list of a storm is longer. The code alone proves a method, so no link goes with it. */
function textOf(order: Order): string {
  const { title, facts, links } = wordsOf(order);
  const answer = order.code === null ? [] : [`Answer ${order.code} to take it.`];
  const link = order.shortUrl ?? links[0]?.url;
  const ending = [...answer, ...(link === undefined || order.verification !== null ? [] : [link])].join('\n');
  if (order.bundle.length < 2) return shortMessage(title, ending);

  const list = [title, ...facts.map(([label, value]) => `${label} ${value}`)].join('\n');
  return `${(inGsm7(list) ?? list).slice(0, LONGEST - ending.length - 1)}\n${ending}`;
}
