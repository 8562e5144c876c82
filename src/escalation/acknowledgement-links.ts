import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { Responders, type Responder } from './responders.js';

const PURPOSE = 'acknowledge-incident';
const BY_MAIL = 'acknowledge-by-mail';
const BY_CODE = 'acknowledge-by-code';
/** Each notification brings a fresh link, so an old one need not be good for long. */
const GOOD_FOR_MS = 7 * 24 * 3_600_000;

/** The links in notifications: each is bound to one incident and one responder, and expires. */
@Injectable()
export class AcknowledgementLinks {
  constructor(
    private readonly signer: Signer,
    private readonly config: Config,
    private readonly responders: Responders,
    private readonly now: Now,
  ) {}

  /** The address of the page with the one button. */
  make(incident: string, responder: string): string {
    const expires = Math.floor((this.now.read().getTime() + GOOD_FOR_MS) / 1000).toString(36);
    const token = this.signer.token(PURPOSE, `${short(incident)}${short(responder)}${expires}`);
    return `${this.config.publicUrl}/acknowledgements/${token}`;
  }

  /** The incident and the responder that a token is for; null if it is forged, expired, or the responder is gone. */
  async open(tx: Transaction, token: string): Promise<{ incident: string; responder: Responder } | null> {
    const payload = this.signer.open(PURPOSE, token);
    if (payload === null) return null;

    const expires = Number.parseInt(payload.slice(44), 36) * 1000;
    if (!(expires > this.now.read().getTime())) return null;
    const responder = await this.responders.byId(tx, long(payload.slice(22, 44)));
    return responder === null ? null : { incident: long(payload.slice(0, 22)), responder };
  }

  /** Stands behind the + of our address in a letter: an answer to it is an answer to this notification. */
  replyToken(notification: string): string {
    return this.signer.token(BY_MAIL, BigInt(notification).toString(36));
  }

  /** The number of the notification that a token was made for. */
  openReply(token: string): string | null {
    const payload = this.signer.open(BY_MAIL, token);
    if (payload === null || !/^[0-9a-z]{1,12}$/.test(payload)) return null;
    return Array.from(payload)
      .reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
      .toString();
  }

  /** Six digits for an SMS, good for this incident and responder while it is open. Short, so guesses must be counted. */
  codeFor(incident: string, responder: string): string {
    const number = this.signer.hmac(BY_CODE, `${incident} ${responder}`).readUInt32BE(0) % 1_000_000;
    return String(number).padStart(6, '0');
  }
}

/** A uuid in 22 characters instead of 36: links should fit into a line. */
function short(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

function long(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
