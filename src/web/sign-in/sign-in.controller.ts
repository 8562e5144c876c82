import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isStaff } from '../../identity/current-user.js';
import { Sessions } from '../../identity/sessions.js';
import { SetupLink } from '../../identity/setup-link.js';
import { SignIn } from '../../identity/sign-in.js';
import { Database } from '../../platform/database/database.js';
import { spanInWords } from '../../platform/rendering/times.js';
import { Public, Roles } from '../access.js';
import { Cookies } from '../cookies.js';
import { check, readForm } from '../forms.js';
import { ownPath, Pages } from '../pages.js';
import { visitorOf } from '../session.guard.js';

const REFUSED = 'E-mail address and password do not belong together.';

const signIn = z.object({
  email: z.string().trim().min(1).max(320),
  password: z.string().min(1).max(1_000),
  next: z.string().default(''),
});

/** In and out. */
@Controller()
export class SignInController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly cookies: Cookies,
    private readonly setupLink: SetupLink,
  ) {}

  @Get('sign-in')
  @Public()
  async form(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query('next') next?: string): Promise<void> {
    const user = visitorOf(request);
    if (user !== null) await this.pages.go(reply, ownPath(next, isStaff(user) ? '/tickets' : '/requests'));
    else await this.show(reply, 200, { email: '', next: next ?? '' }, null);
  }

  @Post('sign-in')
  @Public()
  @RouteConfig({ rateLimit: { max: 30, timeWindow: '1 minute' } })
  async enter(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const checked = check(signIn, await readForm(request));
    if (!checked.ok) return this.show(reply, 422, checked.given, 'Fill in both, e-mail address and password.');

    const previousToken = this.cookies.read(request, 'session');
    const deviceCookie = this.cookies.read(request, 'device');
    const outcome = await this.signIn.attempt({
      ...checked.value,
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      ...(previousToken !== undefined && { previousToken }),
      ...(deviceCookie !== undefined && { deviceCookie }),
    });
    if (outcome.outcome === 'refused') return this.show(reply, 401, checked.value, REFUSED);
    if (outcome.outcome === 'too-many') {
      reply.header('retry-after', outcome.retryAfterSeconds);
      const wait = `Too many attempts. Try again in ${spanInWords(outcome.retryAfterSeconds)}.`;
      return this.show(reply, 429, checked.value, wait);
    }

    this.cookies.set(reply, 'session', outcome.token, outcome.expiresAt);
    this.cookies.set(reply, 'device', outcome.device.value, outcome.device.expiresAt);
    return this.pages.go(reply, ownPath(checked.value.next, isStaff(outcome.user) ? '/tickets' : '/requests'));
  }

  @Post('sign-out')
  @Roles('customer')
  async leave(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const token = this.cookies.read(request, 'session');
    if (token !== undefined) await this.database.transaction((tx) => this.sessions.end(tx, token));
    this.cookies.clear(reply, 'session');
    await this.pages.go(reply, '/sign-in', { tone: 'good', text: 'You are signed out.' });
  }

  private async show(
    reply: FastifyReply,
    status: number,
    given: { email?: string; next?: string },
    refusal: string | null,
  ): Promise<void> {
    const awaited = await this.setupLink.isAwaited();
    const model = { next: ownPath(given.next, ''), email: given.email ?? '', refusal, awaited };
    await this.pages.show(reply, 'sign-in/sign-in', model, { status });
  }
}
