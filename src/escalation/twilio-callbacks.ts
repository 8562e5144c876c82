import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { Acknowledgement, type AcknowledgementOutcome } from './acknowledgement.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import { addressOf, dialled } from './methods.js';
import { Fates } from './notifying/fates.js';
import { isFromTwilio, xmlText } from './notifying/twilio.js';
import { I_AM_ON_IT } from './notifying/voice.channel.js';
import { Providers } from './providers.js';
import { Responders } from './responders.js';

export type Fields = Readonly<Record<string, string | readonly string[]>>;

const DELIVERED = new Set(['delivered', 'read', 'completed']);
const LOST = new Set(['undelivered', 'failed', 'busy', 'no-answer', 'canceled']);
/** Wrong codes from one number within an hour, after which it is not listened to. */
const MOST_GUESSES = 10;
const HOUR_MS = 3_600_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What Twilio tells and asks: what became of messages and calls, which key was pressed, what somebody wrote back. */
@Injectable()
export class TwilioCallbacks {
  /** By number; forgotten with the process, which makes guessing six digits no easier worth the name. */
  private readonly guesses = new Map<string, { count: number; since: number }>();

  constructor(
    private readonly database: Database,
    private readonly providers: Providers,
    private readonly responders: Responders,
    private readonly links: AcknowledgementLinks,
    private readonly acknowledgement: Acknowledgement,
    private readonly fates: Fates,
    private readonly config: Config,
    private readonly now: Now,
  ) {}

  /** Whether the request was signed by the account that is set up, for this very address. */
  async isGenuine(path: string, signature: string, fields: Fields): Promise<boolean> {
    const account = await this.providers.twilio();
    return account !== null && isFromTwilio(account.authToken, signature, `${this.config.publicUrl}${path}`, fields);
  }

  /** What became of a message or a call. */
  async status(notification: string, fields: Fields): Promise<void> {
    const status = textIn(fields, 'MessageStatus') || textIn(fields, 'CallStatus');
    if (!UUID.test(notification) || !(DELIVERED.has(status) || LOST.has(status))) return;

    const code = textIn(fields, 'ErrorCode');
    const reason = `Twilio says: ${status}${code === '' ? '' : ` (error ${code})`}`;
    await this.database.transaction((tx) =>
      this.fates.receipt(tx, notification, { delivered: DELIVERED.has(status), reason }),
    );
  }

  /** A key was pressed during a call. Answers what is said then, as TwiML. */
  async keypress(notification: string, fields: Fields): Promise<string> {
    if (!UUID.test(notification) || textIn(fields, 'Digits') !== I_AM_ON_IT) {
      return said(`Only the key ${I_AM_ON_IT} acknowledges. You will be called again.`);
    }
    const outcomes = await this.database.transaction((tx) =>
      this.acknowledgement.byNotification(tx, notification, 'voice'),
    );
    return said(wordsFor(outcomes) ?? 'There is nothing to acknowledge. Thank you.');
  }

  /** Somebody wrote to our number. Answers what is written back, as TwiML; to what is no code of ours, nothing. */
  async message(fields: Fields): Promise<string> {
    const from = dialled(textIn(fields, 'From'));
    const codes = textIn(fields, 'Body').match(/\b\d{6}\b/g) ?? [];
    if (from === '' || codes.length === 0 || this.isGuessing(from)) return EMPTY;

    const outcomes = await this.database.transaction((tx) => this.byCodes(tx, from, codes));
    const words = wordsFor(outcomes);
    if (words === null) this.count(from);
    return words === null ? written('This code is not good, or no longer.') : written(words);
  }

  /** A code is good only from the number that it went to, and while its incident was told of there. */
  private async byCodes(tx: Transaction, from: string, codes: readonly string[]): Promise<AcknowledgementOutcome[]> {
    const people = (await this.responders.list(tx)).filter((responder) =>
      responder.methods.some((method) => method.kind === 'sms' && addressOf(method, responder) === from),
    );
    const outcomes: AcknowledgementOutcome[] = [];
    for (const { id } of people) {
      const calls = await tx.query<{ id: string; incident: string }>(
        `select distinct on (incident_id) notification.id, incident_id as incident
         from notification join incident on incident.id = notification.incident_id
         where responder_id = $1 and method = 'sms' and address = $2 and kind = 'alert' and notification.attempts > 0
           and incident.state <> 'closed' and notification.created_at > $3 order by incident_id, number desc limit 1000`,
        [id, from, this.links.oldest()],
      );
      const meant = calls.filter(({ incident }) => codes.includes(this.links.codeFor(incident, id)));
      for (const call of meant) outcomes.push(...(await this.acknowledgement.byNotification(tx, call.id, 'sms')));
    }
    return outcomes;
  }

  private isGuessing(from: string): boolean {
    const known = this.guesses.get(from);
    return known !== undefined && known.since > this.now.read().getTime() - HOUR_MS && known.count >= MOST_GUESSES;
  }

  private count(from: string): void {
    const now = this.now.read().getTime();
    const known = this.guesses.get(from);
    const fresh = known !== undefined && known.since > now - HOUR_MS ? known : { count: 0, since: now };
    this.guesses.set(from, { count: fresh.count + 1, since: fresh.since });
  }
}

const EMPTY = '<Response/>';

function said(words: string): string {
  return `<Response><Say language="en-GB">${xmlText(words)}</Say></Response>`;
}

function written(words: string): string {
  return `<Response><Message>${xmlText(words)}</Message></Response>`;
}

function wordsFor(outcomes: readonly AcknowledgementOutcome[]): string | null {
  const taken = outcomes.filter(({ outcome }) => outcome === 'acknowledged').length;
  if (taken === 1) return 'It is yours now. Nobody else is called any more.';
  if (taken > 1) return `${taken} incidents are yours now. Nobody else is called for them any more.`;

  const already = outcomes.find((outcome) => outcome.outcome === 'already');
  if (already !== undefined) return `${already.by.name} has it already.`;
  return outcomes.length > 0 ? 'It is over already. There is nothing left to do.' : null;
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  return typeof value === 'string' ? value : (value[0] ?? '');
}
