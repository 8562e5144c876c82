import { Injectable } from '@nestjs/common';
import { Signer } from '../../platform/secrets/signer.js';

const PURPOSE = 'bounce';

/**
 * The return path of each letter is an address of its own (VERP), so that a bounce tells which letter it is about whatever else it
 * says. The token carries the letter's number, in base 36 to keep the local part below its 64 characters, and cannot be
 * guessed.
 */
@Injectable()
export class BounceAddresses {
  constructor(private readonly signer: Signer) {}

  tokenFor(letterNumber: string): string {
    return this.signer.token(PURPOSE, BigInt(letterNumber).toString(36));
  }

  addressFor(letterNumber: string, domain: string): string {
    return `bounces+${this.tokenFor(letterNumber)}@${domain}`;
  }

  /** The letter's number, or null if the address is not one of ours. */
  open(address: string): string | null {
    const token = /^bounces\+([a-z2-7]+)@/i.exec(address.trim())?.[1];
    return token === undefined ? null : this.openToken(token);
  }

  openToken(token: string): string | null {
    const number = this.signer.open(PURPOSE, token.trim());
    if (number === null || !/^[0-9a-z]{1,13}$/.test(number)) return null;

    let value = 0n;
    for (const digit of number) value = value * 36n + BigInt(parseInt(digit, 36));
    return value.toString();
  }
}
