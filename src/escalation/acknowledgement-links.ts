import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Signer } from '../platform/secrets/signer.js';
import { Now } from '../platform/time/now.js';
import { Responders, type Responder } from './responders.js';

const PURPOSE = 'acknowledge-incident';
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
}

/** A uuid in 22 characters instead of 36: links should fit into a line. */
function short(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

function long(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
