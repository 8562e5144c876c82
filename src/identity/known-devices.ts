import { Injectable } from '@nestjs/common';
import { Signer } from '../platform/secrets/signer.js';
import { digestOf, newSecret } from './secret-token.js';

const PURPOSE = 'known device';
/** A year, in which whoever uses the desk at all signs in again and gets a new one. */
const KEPT_MS = 365 * 24 * 3_600_000;

/**
 * Browsers in which an account has been signed in. Such a browser has a signed cookie for it, and the failures of others do
 * not keep it from signing in (OWASP, "Slow down online guessing attacks with device cookies"). It opens nothing by itself.
 */
@Injectable()
export class KnownDevices {
  constructor(private readonly signer: Signer) {}

  /** For a browser in which this account was signed in just now. */
  cookieFor(email: string, at: Date): { readonly value: string; readonly expiresAt: Date } {
    const value = this.signer.token(PURPOSE, `${newSecret().slice(0, 22)} ${accountOf(email)}`);
    return { value, expiresAt: new Date(at.getTime() + KEPT_MS) };
  }

  /** By what the device is told apart, if this cookie makes it one of this account's. */
  deviceOf(cookie: string | undefined, email: string): string | null {
    const payload = cookie === undefined ? null : this.signer.open(PURPOSE, cookie);
    const [device, account] = payload?.split(' ') ?? [];
    return device !== undefined && account === accountOf(email) ? device : null;
  }
}

/** The cookie does not tell in the open whose it is. */
function accountOf(email: string): string {
  return digestOf(email.trim().toLowerCase()).slice(0, 32);
}
