import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Vault } from '../platform/secrets/vault.js';

const PURPOSE = 'webhook';
const SECRET_BYTES = 24;

/** The secrets by which deliveries are signed; sealed, each for its webhook. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly vault: Vault) {}

  seal(webhook: string, secret: string): string {
    return this.vault.seal(PURPOSE, webhook, secret);
  }

  /** Null if it was sealed under another secret key, as in a backup that was restored elsewhere. */
  open(webhook: string, sealed: string): string | null {
    return this.vault.open(PURPOSE, webhook, sealed);
  }
}

export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** Standard Webhooks: base64 of 24 to 64 bytes. */
export function isSecret(text: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (encoded === undefined || encoded.length % 4 !== 0) return false;

  const { length } = Buffer.from(encoded, 'base64');
  return length >= SECRET_BYTES && length <= 64;
}
