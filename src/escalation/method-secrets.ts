import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Vault } from '../platform/secrets/vault.js';

const PURPOSE = 'notification-method';

/** What must not be read by who reads the database: signing secrets, the addresses of chat webhooks, tokens. */
@Injectable()
export class MethodSecrets {
  constructor(private readonly vault: Vault) {}

  seal(owner: string, secret: string): string {
    return this.vault.seal(PURPOSE, owner, secret);
  }

  /** Null if it was sealed under another secret key, as in a backup that was restored elsewhere. */
  open(owner: string, stored: string): string | null {
    // Signing secrets were once kept as they are; saving the responder seals them.
    return stored.startsWith('whsec_') ? stored : this.vault.open(PURPOSE, owner, stored);
  }
}

/** Tells two secrets apart without telling either. */
export function fingerprint(secret: string): string {
  return createHash('sha256').update(`punctual ${secret}`).digest('hex').slice(0, 6);
}
