import { createHash, randomBytes } from 'node:crypto';

/** A new secret of 256 bits, for a cookie, a link or a header. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What is stored of a secret. A plain digest is enough for something that nobody can guess; the slow kind is for
 * passwords. Looking a digest up in an index tells a guesser nothing about the secret.
 */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
