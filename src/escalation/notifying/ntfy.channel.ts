import { Injectable } from '@nestjs/common';
import { MethodSecrets } from '../method-secrets.js';
import { topicOf, type NtfyMethod } from '../methods.js';
import { ChannelError, TAKEN, type DirectChannel, type Handed, type Order } from './channel.js';
import { demandTaken, jsonOf, refuseWebPage, textIn, unreadable, wayTo } from './post.js';
import { wordsOf } from './words.js';

/** The highest of five: it rings on, also where the phone is silent. */
const URGENT = 5;
const USUAL = 3;
/** Beyond 4,096 bytes ntfy makes a file of the message, which no lock screen shows. */
const MOST_BYTES = 4000;

/** Publishes as JSON (https://docs.ntfy.sh/publish/#publish-as-json), on ntfy.sh or on a server of one's own. */
@Injectable()
export class NtfyChannel implements DirectChannel<NtfyMethod> {
  constructor(private readonly secrets: MethodSecrets) {}

  async prepare(
    order: Order,
    { url, secret, allowPrivate }: NtfyMethod,
    owner: string,
  ): Promise<() => Promise<Handed>> {
    const server = new URL('.', url);
    const send = await wayTo(server, allowPrivate);
    const token = secret === null ? null : this.secrets.open(owner, secret);
    if (secret !== null && token === null)
      throw new ChannelError('Its token cannot be read with this SECRET_KEY; enter it once more.', { permanent: true });

    const { title, facts, links, urgent } = wordsOf(order);
    const body = JSON.stringify({
      topic: topicOf(url),
      title,
      message: fitting(facts.map(([label, value]) => `${label}: ${value}`)),
      priority: urgent ? URGENT : USUAL,
      tags: [urgent ? 'rotating_light' : 'information_source'],
      ...(links[0] !== undefined && { click: links[0].url }),
      actions: links.map(({ label, url: address }) => ({ action: 'view', label, url: address })),
    });
    const headers = {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
    return async () => {
      const answer = await send({ headers, body });
      demandTaken(answer, server.host, textIn(jsonOf(answer), 'error'));
      refuseWebPage(answer, server.host);
      const id = textIn(jsonOf(answer), 'id');
      if (id === null) throw unreadable(server.host, 'the id of the message');
      return { ...TAKEN, receipt: id };
    };
  }
}

/** As many whole lines as there is room for. */
function fitting(lines: readonly string[]): string {
  const fit = (count: number): string => lines.slice(0, count).join('\n');
  let count = lines.length;
  while (count > 1 && Buffer.byteLength(fit(count)) > MOST_BYTES) count--;
  return fit(count);
}
