import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { mayActAs, type CurrentUser } from '../identity/current-user.js';
import { Sessions, type OpenSession } from '../identity/sessions.js';
import { Problem } from '../platform/problems/problem.js';
import { ACCESS, type Access } from './access.js';
import { Cookies } from './cookies.js';
import { Csrf, CSRF_FIELD } from './csrf.js';
import { readForm } from './forms.js';

const READING = ['GET', 'HEAD', 'OPTIONS'];

const sessions = new WeakMap<FastifyRequest, OpenSession>();

/** Who has signed in, or null. */
export function visitorOf(request: FastifyRequest): CurrentUser | null {
  return sessions.get(request)?.user ?? null;
}

/** The session that this request comes in, on a route that asks for one. */
export function sessionOf(request: FastifyRequest): OpenSession {
  const session = sessions.get(request);
  if (session === undefined) throw Problem.unauthenticated('Please sign in to go on.');
  return session;
}

/** Who has signed in, on a route that asks for it. */
export function userOf(request: FastifyRequest): CurrentUser {
  return sessionOf(request).user;
}

/**
 * Stands before every page: nobody comes in where the route does not say who may, and no form is taken that was not made by us for
 * who sends it. The API, /api/v1, has a guard of its own, which asks for tokens and never looks at cookies.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: Sessions,
    private readonly cookies: Cookies,
    private readonly csrf: Csrf,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (isApi(request)) return true;

    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === undefined) throw Problem.forbidden('This page is open to nobody.');

    if (access === 'signed') return true;
    await this.recognise(request);
    if (access !== 'public') admit(visitorOf(request), access);
    if (!READING.includes(request.method)) this.csrf.check(request, (await readForm(request)).fields[CSRF_FIELD]);
    return true;
  }

  private async recognise(request: FastifyRequest): Promise<void> {
    const token = this.cookies.read(request, 'session');
    const session = token === undefined ? null : await this.sessions.find(token);
    if (session !== null) sessions.set(request, session);
  }
}

function isApi(request: FastifyRequest): boolean {
  const { url = '' } = request.routeOptions;
  return url === '/api/v1' || url.startsWith('/api/v1/');
}

function admit(user: CurrentUser | null, access: Exclude<Access, 'public' | 'signed'>): void {
  if (user === null) throw Problem.unauthenticated('Please sign in to go on.');
  if (!mayActAs(user, access)) throw Problem.forbidden(`This page is for people who act as ${access} at this desk.`);
}
