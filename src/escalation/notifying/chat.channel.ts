import { Injectable } from '@nestjs/common';
import type { Answer } from '../../platform/outgoing/guarded-request.js';
import { MethodSecrets } from '../method-secrets.js';
import type { ChatMethod } from '../methods.js';
import { ChannelError, TAKEN, type DirectChannel, type Handed, type Order } from './channel.js';
import { demandTaken, plainTextOf, refuseWebPage, wayTo } from './post.js';
import { wordsOf, type Words } from './words.js';

/** What all chat programs with incoming webhooks have in common; each file beside this one says what its own wants to hear. */
@Injectable()
export abstract class ChatChannel implements DirectChannel<ChatMethod> {
  protected abstract readonly program: string;

  constructor(private readonly secrets: MethodSecrets) {}

  /** The JSON that is posted. */
  protected abstract payload(words: Words): object;

  /** Why an answer of 200 is none; null where it is one. */
  protected refusal(_answer: Answer): string | null {
    return null;
  }

  async prepare(order: Order, method: ChatMethod, owner: string): Promise<() => Promise<Handed>> {
    const address = method.secret === null ? null : this.secrets.open(owner, method.secret);
    if (address === null) {
      const words = `Its address cannot be read with this SECRET_KEY; enter the webhook of ${this.program} once more.`;
      throw new ChannelError(words, { permanent: true });
    }
    const url = new URL(address);
    const send = await wayTo(url, method.allowPrivate);
    const body = JSON.stringify(this.payload(wordsOf(order)));
    return async () => {
      const answer = await send({ headers: { 'content-type': 'application/json' }, body });
      demandTaken(answer, url.host, plainTextOf(answer));
      refuseWebPage(answer, url.host);
      const refusal = this.refusal(answer);
      if (refusal !== null) throw new ChannelError(`${url.host}: ${refusal}`);
      return TAKEN;
    };
  }
}

/** A customer's words are words: no links, pictures, mentions or headings of theirs. */
export const markdownText = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]()#+!|<>~]/g, (sign) => `\\${sign}`).replaceAll('@', '@\u200b');
