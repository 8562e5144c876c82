import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { dialled, type PhoneMethod } from '../methods.js';
import { Providers } from '../providers.js';
import { NotSetUp, type DirectChannel, type Handed, type Order } from './channel.js';
import { twilioMakes, xmlText } from './twilio.js';
import { wordsOf } from './words.js';

/** What is pressed to acknowledge. A machine that answers presses nothing. */
export const I_AM_ON_IT = '4';
const TIMES = 3;

/** A call by Twilio that reads the incident out; pressing 4 acknowledges. */
@Injectable()
export class VoiceChannel implements DirectChannel<PhoneMethod> {
  constructor(
    private readonly providers: Providers,
    private readonly config: Config,
  ) {}

  async prepare(order: Order): Promise<() => Promise<Handed>> {
    const account = await this.providers.twilio();
    if (account === null) throw new NotSetUp('Twilio', spoken(order));

    const callbacks = `${this.config.publicUrl}/channels/twilio`;
    const call = await twilioMakes(account, 'Calls', [
      ['To', order.address],
      ['From', dialled(account.voiceFrom)],
      ['Twiml', twiml(order, `${callbacks}/keypresses/${order.key}`)],
      ['StatusCallback', `${callbacks}/calls/${order.key}`],
      ['StatusCallbackEvent', 'completed'],
      ['Timeout', '40'],
    ]);
    return async () => ({ receipt: await call(), promised: true });
  }
}

function twiml(order: Order, action: string): string {
  const words = `<Say language="en-GB">${xmlText(spoken(order))}</Say><Pause length="2"/>`;
  const goodbye = '<Say language="en-GB">Goodbye.</Say>';
  if (order.acknowledgeUrl === null && order.verification === null) return `<Response>${words}${goodbye}</Response>`;

  const gather = `<Gather numDigits="1" timeout="6" action="${xmlText(action)}" method="POST">${words.repeat(TIMES)}</Gather>`;
  return `<Response>${gather}<Say language="en-GB">Nothing was pressed.</Say></Response>`;
}

function spoken(order: Order): string {
  const { title, facts } = wordsOf(order);
  if (order.verification !== null) {
    const digits = order.verification.code.split('').join(', ');
    return `This is ${order.deskName}, with a test for ${order.responder}. Your code is ${digits}.`;
  }
  const details = facts.slice(0, 5).map(([label, value]) => `${label}: ${value}.`);
  const ask = order.acknowledgeUrl === null ? [] : [`Press ${I_AM_ON_IT} if you are on it.`];
  return [`This is ${order.deskName}.`, `${title}.`, ...details, ...ask].join(' ').slice(0, 900);
}
