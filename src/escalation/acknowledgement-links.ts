import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { Responders, type Responder } from './responders.js';

const PURPOSE = 'acknowledge-incident';
const BY_MAIL = 'acknowledge-by-mail';
const BY_CODE = 'acknowledge-by-code';
const IN_SHORT = 'acknowledge-in-short';
/** Letters and digits that prove a short link: 104 bits. */
const PROOF = 21;
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
    return this.good(incident, responder, this.now.read());
  }

  /** The same for a text message, where each letter counts: it leads to the page by way of the notification it came with. */
  makeShort(notification: string): string {
    const number = BigInt(notification).toString(36);
    return `${this.config.publicUrl}/a/${this.proof(number)}${number}`;
  }

  /** The address that a short link stands for; null if it is forged, expired, or the responder is gone. */
  async openShort(tx: Transaction, token: string): Promise<string | null> {
    const [proof, number] = [token.slice(0, PROOF), token.slice(PROOF)];
    if (!/^[0-9a-z]{1,12}$/.test(number) || !equal(proof, this.proof(number))) return null;

    const [sent] = await tx.query<{ incident: string; responder: string; at: Date }>(
      `select incident_id as incident, responder_id as responder, created_at as at from notification
       where number = $1 and kind in ('alert', 'offered') and responder_id is not null and created_at > $2`,
      [numberIn(number), this.oldest()],
    );
    return sent === undefined ? null : this.good(sent.incident, sent.responder, sent.at);
  }

  /** Answers to what was sent before this moment come too late. */
  oldest(): Date {
    return new Date(this.now.read().getTime() - GOOD_FOR_MS);
  }

  private good(incident: string, responder: string, from: Date): string {
    const expires = Math.floor((from.getTime() + GOOD_FOR_MS) / 1000).toString(36);
    const token = this.signer.token(PURPOSE, `${short(incident)}${short(responder)}${expires}`);
    return `${this.config.publicUrl}/acknowledgements/${token}`;
  }

  private proof(number: string): string {
    const bytes = this.signer.hmac(IN_SHORT, number).subarray(0, 13).toString('hex');
    return BigInt(`0x${bytes}`).toString(36).padStart(PROOF, '0');
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
    return numberIn(payload);
  }

  /** Six digits for an SMS, good for this incident and responder while it is open. Short, so guesses must be counted. */
  codeFor(incident: string, responder: string): string {
    const number = this.signer.hmac(BY_CODE, `${incident} ${responder}`).readUInt32BE(0) % 1_000_000;
    return String(number).padStart(6, '0');
  }
}

function numberIn(text: string): string {
  return Array.from(text)
    .reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n)
    .toString();
}

function equal(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A uuid in 22 characters instead of 36: links should fit into a line. */
function short(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

function long(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
