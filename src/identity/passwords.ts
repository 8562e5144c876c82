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
    const detail =
      password.length < SHORTEST
        ? `A password needs ${SHORTEST} characters or more.`
        : password.length > LONGEST
          ? `A password may have ${LONGEST} characters at the most.`
          : new Set(password).size < 4
            ? 'This password is too easy to guess: it uses only a few different characters.'
            : null;
    if (detail !== null) throw Problem.invalid(detail, [{ field: 'password', detail }]);
  }
}
