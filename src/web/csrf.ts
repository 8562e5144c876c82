import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../platform/problems/problem.js';
import { Signer } from '../platform/secrets/signer.js';
import { Cookies } from './cookies.js';

export const CSRF_FIELD = '_csrf';

/**
 * Against forms on other sites that post to us in somebody's name: each form carries an HMAC of a cookie that only our own pages can
 * have been made for, the session's where somebody has signed in, else one that is given to every visitor.
 */
@Injectable()
export class Csrf {
  constructor(
    private readonly signer: Signer,
    private readonly cookies: Cookies,
  ) {}

  /** The token for the forms of a page that is about to be sent. */
  tokenFor(reply: FastifyReply): string {
    const holder = this.holderOf(reply.request) ?? this.welcome(reply);
    return this.tokenOf(holder);
  }

  /** Throws unless the form was made for who sends it. */
  check(request: FastifyRequest, token: unknown): void {
    const holder = this.holderOf(request);
    if (holder !== null && typeof token === 'string' && equal(token, this.tokenOf(holder))) return;

    throw Problem.forbidden(
      'This form has expired, or your browser keeps no cookies for this site. Go back, load the page again and send it once more.',
    );
  }

  private holderOf(request: FastifyRequest): string | null {
    const session = this.cookies.read(request, 'session');
    const visitor = this.cookies.read(request, 'visitor');
    if (session !== undefined) return `session ${session}`;
    return visitor === undefined ? null : `visitor ${visitor}`;
  }

  private welcome(reply: FastifyReply): string {
    const visitor = randomBytes(18).toString('base64url');
    this.cookies.set(reply, 'visitor', visitor);
    return `visitor ${visitor}`;
  }

  private tokenOf(holder: string): string {
    return this.signer.hmac('csrf', holder).toString('base64url');
  }
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
