import { randomBytes } from 'node:crypto';
import { hash, verify, type Options } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';

/** OWASP's first choice for argon2id, which is the library's default kind: 19 MiB, two passes, one lane. */
const COST: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const SHORTEST = 10;
/** Long enough for any phrase, short enough that hashing it is no attack. */
const LONGEST = 256;

/** Turns passwords into hashes, and takes as long for an account that does not exist as for one that does. */
@Injectable()
export class Passwords {
  private readonly nobodys = hash(randomBytes(24), COST);

  async hash(password: string): Promise<string> {
    this.check(password);
    return hash(password, COST);
  }

  /** Whether it is the right one; `hashed` is null where there is no account or no password, and then it never is. */
  async match(hashed: string | null, password: string): Promise<boolean> {
    const right = await verify(hashed ?? (await this.nobodys), password.slice(0, LONGEST));
    return right && hashed !== null && password.length <= LONGEST;
  }

  private check(password: string): void {
    const detail = passwordFault(password);
    if (detail !== null) throw Problem.invalid(detail, [{ field: 'password', detail }]);
  }
}

/** What is wrong with a password that somebody has chosen, in words for them; null if nothing is. */
export function passwordFault(password: string): string | null {
  if (password.length < SHORTEST) return `A password needs ${SHORTEST} characters or more.`;
  if (password.length > LONGEST) return `A password may have ${LONGEST} characters at the most.`;
  if (new Set(password).size < 4) return 'This password is too easy to guess: it uses only a few different characters.';
  return null;
}
