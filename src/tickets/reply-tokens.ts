import { Injectable } from '@nestjs/common';
import { Signer } from '../platform/secrets/signer.js';

const PURPOSE = 'reply';

/** What stands behind the + of our address in a letter about a ticket, and leads the answer back to it. Alone it lets nobody in. */
@Injectable()
export class ReplyTokens {
  constructor(private readonly signer: Signer) {}

  tokenFor(ticket: number): string {
    return this.signer.token(PURPOSE, String(ticket));
  }

  /** The ticket that the token was made for; null for anything that we have not made. */
  ticketOf(token: string): number | null {
    const payload = this.signer.open(PURPOSE, token);
    return payload !== null && /^\d{1,9}$/.test(payload) ? Number(payload) : null;
  }
}
