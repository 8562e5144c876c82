import { Injectable } from '@nestjs/common';
import { addressOf, type MethodKind, type StoredMethod } from '../../escalation/methods.js';
import { PROVIDER_OF, Providers } from '../../escalation/providers.js';
import { Responders, type Responder } from '../../escalation/responders.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';

interface MethodWords {
  readonly label: string;
  readonly symbol: string;
  /** What its field for the place means; null: it needs none. */
  readonly place: string | null;
  /** What is secret about it; null: nothing that a person enters. */
  readonly secret: string | null;
}

export const METHODS: Readonly<Record<MethodKind, MethodWords>> = {
  email: { label: 'E-mail', symbol: 'mail', place: null, secret: null },
  sms: { label: 'SMS', symbol: 'message-square', place: 'Another number than theirs', secret: null },
  voice: { label: 'Phone call', symbol: 'phone-call', place: 'Another number than theirs', secret: null },
  webhook: { label: 'Webhook', symbol: 'webhook', place: 'URL', secret: null },
  slack: { label: 'Slack', symbol: 'hash', place: 'Channel', secret: 'Webhook URL' },
  teams: { label: 'Teams', symbol: 'users', place: 'Channel', secret: 'Webhook URL' },
  mattermost: { label: 'Mattermost', symbol: 'hash', place: 'Channel', secret: 'Webhook URL' },
  ntfy: { label: 'ntfy', symbol: 'bell-ring', place: 'URL of the topic', secret: 'Access token' },
  pushover: { label: 'Pushover', symbol: 'bell-ring', place: 'Whose phone', secret: 'User key' },
};

const ACCOUNTS = { twilio: 'Twilio', pushover: 'Pushover' } as const;
const STATES = {
  queued: { words: 'on its way', tone: 'calm' },
  handedOver: { words: 'handed over', tone: 'good' },
  failed: { words: 'failed', tone: 'bad' },
  unknown: { words: 'not certain', tone: 'bad' },
} as const;

interface Proof {
  readonly responderId: string;
  readonly method: MethodKind;
  readonly address: string;
  readonly sentAt: Date | null;
  readonly verifiedAt: Date | null;
}

interface LastSent extends Pick<Proof, 'responderId' | 'method' | 'address'> {
  readonly state: keyof typeof STATES;
  readonly at: Date;
  readonly delivered: boolean;
  readonly lastError: string | null;
}

/** Who can be called, by which ways, and whether these are proven. */
@Injectable()
export class RespondersPage {
  constructor(
    private readonly database: Database,
    private readonly responders: Responders,
    private readonly providers: Providers,
  ) {}

  async list(): Promise<object> {
    return this.database.readOnly(async (tx) => {
      const all = await this.responders.list(tx);
      const rows = [];
      for (const responder of all) rows.push(await this.shown(tx, responder));
      return { title: 'Responders', rows, providers: await this.accounts(tx) };
    });
  }

  /** The ways to reach one of them. */
  async methods(name: string): Promise<object[]> {
    return this.database.readOnly(async (tx) => {
      const responder = (await this.responders.list(tx)).find((one) => one.name === name);
      return responder === undefined ? [] : this.methodsOf(tx, responder);
    });
  }

  private async shown(tx: Transaction, responder: Responder): Promise<object> {
    const { name, email, phone, emergency } = responder;
    const methods = await this.methodsOf(tx, responder);
    return {
      ...{ name, email, phone, emergency, methods },
      href: `/admin/responders/${encodeURIComponent(name)}`,
      proven: methods.some(({ verifiedAt }) => verifiedAt !== null),
    };
  }

  private async methodsOf(tx: Transaction, responder: Responder): Promise<MethodShown[]> {
    const proofs = await tx.query<Proof>(
      `select responder_id as "responderId", method, address, sent_at as "sentAt", verified_at as "verifiedAt"
       from method_verification where responder_id = $1`,
      [responder.id],
    );
    const sent = await tx.query<LastSent>(
      `select distinct on (method, address) responder_id as "responderId", method, address, state, created_at as at,
         delivered_at is not null as delivered, last_error as "lastError"
       from notification where responder_id = $1 order by method, address, number desc`,
      [responder.id],
    );
    const usable = await this.providers.usableOnes(tx);
    return responder.methods.map((method, position) => {
      const address = addressOf(method, responder);
      const fits = (one: Pick<Proof, 'method' | 'address'>): boolean =>
        one.method === method.kind && one.address === address;
      const proof = proofs.find(fits);
      const last = sent.find(fits);
      const account = PROVIDER_OF[method.kind];
      const unset = account !== undefined && !usable.has(account) ? ACCOUNTS[account] : null;
      const { label, symbol, secret } = METHODS[method.kind];
      return {
        ...{ kind: method.kind, label, symbol, address, position, secret, unset },
        after: method.afterSeconds,
        verifiedAt: proof?.verifiedAt ?? null,
        asked: (proof?.sentAt ?? null) !== null && proof?.verifiedAt === null,
        last: last === undefined ? null : lastWords(last),
        isWebhook: method.kind === 'webhook',
        action: `/admin/responders/${encodeURIComponent(responder.name)}/methods/${position}`,
        missingSecret: lacksSecret(method),
      };
    });
  }

  private async accounts(tx: Transaction): Promise<object[]> {
    const usable = await this.providers.usableOnes(tx);
    return (['twilio', 'pushover'] as const).map((name) => ({
      ...{ name, label: ACCOUNTS[name], usable: usable.has(name), href: `/admin/providers/${name}` },
      carries: name === 'twilio' ? 'SMS and phone calls' : 'pushes that ring until somebody acknowledges',
    }));
  }
}

interface MethodShown {
  readonly verifiedAt: Date | null;
}

function lastWords({ state, at, delivered, lastError }: LastSent): object {
  const { words, tone } = STATES[state];
  return { at, words: delivered ? 'delivered' : words, tone, lastError };
}

function lacksSecret(method: StoredMethod): boolean {
  return (
    ['slack', 'teams', 'mattermost', 'pushover'].includes(method.kind) && 'secret' in method && method.secret === null
  );
}
