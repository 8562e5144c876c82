import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { KnownDevices } from '../../identity/known-devices.js';
import { PasswordLinks, type OpenLink } from '../../identity/password-links.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { spanInWords } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import { Public } from '../access.js';
import { Cookies } from '../cookies.js';
import { check, demand, readForm } from '../forms.js';
import { Pages } from '../pages.js';

const forgotten = z.object({
  email: z
    .string()
    .trim()
    .pipe(z.email({ pattern: EMAIL_ADDRESS, error: 'This is not an e-mail address.' })),
});
const chosen = z.object({ password: z.string().max(1_000) });

/** Choosing a password, by the link of a letter: the first one, or another where it was forgotten. */
@Public()
@Controller()
export class PasswordsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly links: PasswordLinks,
    private readonly devices: KnownDevices,
    private readonly cookies: Cookies,
    private readonly now: Now,
  ) {}

  @Get('forgotten-password')
  async form(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'sign-in/forgotten-password', { sentTo: null, email: '', fault: null });
  }

  /** Says the same whether there is such an account or not. */
  @Post('forgotten-password')
  @RouteConfig({ rateLimit: { max: 30, timeWindow: '1 minute' } })
  async ask(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const checked = check(forgotten, await readForm(request));
    if (!checked.ok) {
      const model = { sentTo: null, email: checked.given['email'] ?? '', fault: checked.faults[0]?.detail ?? null };
      return this.pages.show(reply, 'sign-in/forgotten-password', model, { status: 422 });
    }

    const { email } = checked.value;
    const outcome = await this.links.ask({ email, address: request.ip });
    if (outcome.outcome === 'taken') {
      return this.pages.show(reply, 'sign-in/forgotten-password', { sentTo: email, email, fault: null });
    }
    reply.header('retry-after', outcome.retryAfterSeconds);
    const fault = `Too many were asked for from here. Try again in ${spanInWords(outcome.retryAfterSeconds)}.`;
    return this.pages.show(reply, 'sign-in/forgotten-password', { sentTo: null, email, fault }, { status: 429 });
  }

  @Get('password-links/:token')
  async open(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.show(reply, token, await this.find(token), null);
  }

  @Post('password-links/:token')
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async choose(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    const link = await this.find(token);
    const { password } = demand(chosen, await readForm(request));
    try {
      const { email } = await this.database.transaction((tx) => this.links.spend(tx, token, password));
      // Who reads the owner's mail is no stranger to the account, however often others have failed to get in.
      const device = this.devices.cookieFor(email, this.now.read());
      this.cookies.set(reply, 'device', device.value, device.expiresAt);
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      return this.show(reply, token, link, error.detail);
    }
    this.cookies.clear(reply, 'session');
    return this.pages.go(reply, '/sign-in', { tone: 'good', text: 'Your password is set. Sign in with it.' });
  }

  private async find(token: string): Promise<OpenLink> {
    const link = await this.links.find(token);
    if (link !== null) return link;
    throw Problem.notFound('This link has been used already, or it is too old. Ask for a new one on the sign-in page.');
  }

  private async show(reply: FastifyReply, token: string, link: OpenLink, fault: string | null): Promise<void> {
    const model = {
      title: link.purpose === 'invitation' ? `Welcome, ${link.user.name}` : 'Choose a new password',
      action: `/password-links/${encodeURIComponent(token)}`,
      email: link.user.email,
      invited: link.purpose === 'invitation',
      fault,
    };
    await this.pages.show(reply, 'sign-in/choose-password', model, { status: fault === null ? 200 : 422 });
  }
}
