import { Injectable } from '@nestjs/common';
import { ask, locate, type Answer } from '../../platform/outgoing/guarded-request.js';
import { namesPrivateAddress } from '../../platform/outgoing/outgoing-address.js';
import { MethodSecrets } from '../method-secrets.js';
import type { PushoverMethod } from '../methods.js';
import { Providers } from '../providers.js';
import { ChannelError, NotSetUp, TAKEN, type DirectChannel, type Handed, type Order } from './channel.js';
import { demandTaken, jsonOf, refuseWebPage, textIn, unreadable, wayTo } from './post.js';
import { asText, wordsOf } from './words.js';

const EMERGENCY = 2;
const HIGH = 1;
/** How often Pushover rings again until somebody acknowledges, and how long: the shortest and the longest that it allows. */
const RETRY_S = 30;
const EXPIRE_S = 10_800;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** What became of an emergency push. */
export interface PushState {
  readonly delivered: boolean;
  readonly acknowledged: boolean;
  readonly expired: boolean;
}

/** Emergency pushes that ring until somebody acknowledges them in the app (https://pushover.net/api). */
@Injectable()
export class PushoverChannel implements DirectChannel<PushoverMethod> {
  constructor(
    private readonly secrets: MethodSecrets,
    private readonly providers: Providers,
  ) {}

  async prepare(order: Order, { secret }: PushoverMethod, owner: string): Promise<() => Promise<Handed>> {
    const words = wordsOf(order);
    const account = await this.providers.pushover();
    if (account === null) throw new NotSetUp('Pushover', asText(words));
    const user = secret === null ? null : this.secrets.open(owner, secret);
    if (user === null)
      throw new ChannelError('Its user key cannot be read with this SECRET_KEY; enter it once more.', {
        permanent: true,
      });

    const url = new URL(`${account.apiUrl}/1/messages.json`);
    const send = await wayTo(url, namesPrivateAddress(account.apiUrl));
    const [link] = words.links;
    const body = new URLSearchParams({
      ...{ token: account.appToken, user, title: words.title.slice(0, 250) },
      message:
        words.facts
          .map(([label, value]) => `${label}: ${value}`)
          .join('\n')
          .slice(0, 1024) || words.title,
      priority: String(words.urgent ? EMERGENCY : HIGH),
      ...(words.urgent && { retry: String(RETRY_S), expire: String(EXPIRE_S) }),
      ...(link !== undefined && { url: link.url.slice(0, 512), url_title: link.label }),
    });
    return async () => {
      const answer = await send({ headers: FORM, body: body.toString() });
      demandTaken(answer, url.host, reasonIn(answer));
      refuseWebPage(answer, url.host);
      const said = jsonOf(answer);
      const receipt = textIn(said, 'receipt');
      if (said['status'] !== 1 || (words.urgent && receipt === null)) throw unreadable(url.host, 'the receipt');
      return receipt === null ? TAKEN : { receipt, promised: true };
    };
  }

  /** Asks what became of an emergency push; no faster than once in five seconds. */
  async look(receipt: string): Promise<PushState | null> {
    const account = await this.providers.pushover();
    if (account === null) return null;

    const url = new URL(`${account.apiUrl}/1/receipts/${encodeURIComponent(receipt)}.json`);
    url.searchParams.set('token', account.appToken);
    const place = await locate(url, { allowPrivate: namesPrivateAddress(account.apiUrl) });
    const answer = await ask(url, place, { headers: { 'user-agent': 'Punctual' } });
    demandTaken(answer, url.host, reasonIn(answer));
    const { acknowledged, last_delivered_at: deliveredAt, expired } = jsonOf(answer);
    return { delivered: Number(deliveredAt) > 0, acknowledged: acknowledged === 1, expired: expired === 1 };
  }

  /** Nobody needs to be rung any more. */
  async cancel(receipt: string): Promise<void> {
    const account = await this.providers.pushover();
    if (account === null) return;

    const url = new URL(`${account.apiUrl}/1/receipts/${encodeURIComponent(receipt)}/cancel.json`);
    const send = await wayTo(url, namesPrivateAddress(account.apiUrl));
    const answer = await send({ headers: FORM, body: new URLSearchParams({ token: account.appToken }).toString() });
    demandTaken(answer, url.host, reasonIn(answer));
  }
}

function reasonIn(answer: Answer): string | null {
  const { errors } = jsonOf(answer);
  return Array.isArray(errors) && errors.length > 0 ? errors.map(String).join('; ').slice(0, 300) : null;
}
