import { Controller, Get, Param, ParseUUIDPipe, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiTokens } from '../../identity/api-tokens.js';
import { PasswordLinks } from '../../identity/password-links.js';
import { Sessions } from '../../identity/sessions.js';
import { SignIn } from '../../identity/sign-in.js';
import { Users, type UserEntry } from '../../identity/users.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { spanInWords } from '../../platform/rendering/times.js';
import { Roles } from '../access.js';
import { Cookies } from '../cookies.js';
import { check, demand, faultsByField, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { sessionOf, userOf } from '../session.guard.js';
import { ROLE_WORDS } from './role-words.js';
import { sessionRows } from './session-rows.js';
import { TIME_ZONES } from './time-zones.js';

const PATH = '/account';
const FIELDS = ['name', 'timezone', 'current', 'password', 'tokenName'];

const profile = z.object({ name: z.string(), timezone: z.string().trim() });
const passwords = z.object({
  current: z.string().min(1, 'Say your password of now.').max(1_000),
  password: z.string().max(1_000),
});
const keys = z.object({ singleKeys: z.enum(['on', '']).default('') });
const token = z.object({
  tokenName: z.string().trim().min(1, 'Say what it is for.').max(100, 'This has more than 100 characters.'),
});

interface Shown {
  readonly given?: Readonly<Record<string, string>>;
  readonly faults?: readonly FieldFault[];
  /** A token that was made just now; it is shown this once. */
  readonly fresh?: { readonly name: string; readonly secret: string };
}

/** What everybody who signs in can do for themselves. */
@Roles('customer')
@Controller('account')
export class AccountController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly users: Users,
    private readonly signIn: SignIn,
    private readonly links: PasswordLinks,
    private readonly sessions: Sessions,
    private readonly tokens: ApiTokens,
    private readonly cookies: Cookies,
  ) {}

  @Get()
  async page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.show(request, reply, {});
  }

  @Post('profile')
  async saveProfile(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const user = userOf(request);
    const { name, timezone } = demand(profile, await readForm(request));
    try {
      await this.database.transaction(async (tx) => {
        const { timezone: _before, ...entry } = await this.entryOf(user.email, tx);
        await this.users.save(tx, { ...entry, name, ...(timezone !== '' && { timezone }) }, user);
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      return this.show(request, reply, { given: { name, timezone }, faults: error.faults });
    }
    return this.pages.go(reply, PATH, { tone: 'good', text: 'Saved.' });
  }

  /** Single keys for this person, on every machine. */
  @Post('keys')
  async switchKeys(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id } = userOf(request);
    const { singleKeys } = demand(keys, await readForm(request));
    const on = singleKeys === 'on';
    await this.database.transaction((tx) => this.users.setSingleKeys(tx, id, on));
    await this.pages.go(reply, PATH, {
      tone: 'good',
      text: on ? 'Single keys do something again.' : 'Single keys do nothing from now on.',
    });
  }

  /** Asks for the password of now, so that a browser left open does not give the account away. */
  @Post('password')
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async changePassword(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, user } = sessionOf(request);
    const checked = check(passwords, await readForm(request));
    if (!checked.ok) return this.show(request, reply, { faults: checked.faults });

    const deviceCookie = this.cookies.read(request, 'device');
    const confirmed = await this.signIn.confirm(user, {
      password: checked.value.current,
      address: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      ...(deviceCookie !== undefined && { deviceCookie }),
    });
    if (confirmed !== 'right') {
      const detail =
        confirmed.outcome === 'refused'
          ? 'This is not your password of now.'
          : `Too many attempts. Try again in ${spanInWords(confirmed.retryAfterSeconds)}.`;
      return this.show(request, reply, { faults: [{ field: 'current', detail }] });
    }
    try {
      await this.database.transaction(async (tx) => {
        await this.users.setPassword(tx, user.id, checked.value.password, user, id);
        await this.links.tellOfChange(tx, user);
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      return this.show(request, reply, { faults: error.faults });
    }
    return this.pages.go(reply, PATH, {
      tone: 'good',
      text: 'Your password is changed. All other browsers are signed out.',
    });
  }

  @Post('sessions/ending')
  async endOthers(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, user } = sessionOf(request);
    await this.database.transaction((tx) => this.sessions.revokeOthers(tx, user.id, id));
    await this.pages.go(reply, PATH, { tone: 'good', text: 'All other browsers are signed out.' });
  }

  @Post('sessions/:id/ending')
  async endSession(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id', ParseUUIDPipe) session: string,
  ): Promise<void> {
    const { id, user } = sessionOf(request);
    const ended = await this.database.transaction((tx) => this.sessions.revoke(tx, user.id, session));
    if (!ended) throw Problem.notFound('There is no such session any more.');
    if (session === id) return this.pages.go(reply, '/sign-in', { tone: 'good', text: 'You are signed out.' });
    return this.pages.go(reply, PATH, { tone: 'good', text: 'That browser is signed out.' });
  }

  @Post('tokens')
  async makeToken(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const user = userOf(request);
    const checked = check(token, await readForm(request));
    if (!checked.ok) return this.show(request, reply, { given: checked.given, faults: checked.faults });

    const name = checked.value.tokenName;
    const made = await this.database.transaction((tx) => this.tokens.issue(tx, { email: user.email, name }, user));
    return this.show(request, reply, { fresh: { name, secret: made.token } });
  }

  @Post('tokens/:id/revocation')
  async revokeToken(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const user = userOf(request);
    await this.database.transaction((tx) => this.tokens.revoke(tx, id, user, user.id));
    await this.pages.go(reply, PATH, { tone: 'good', text: 'The token is revoked.' });
  }

  private async show(
    request: FastifyRequest,
    reply: FastifyReply,
    { given = {}, faults = [], fresh }: Shown,
  ): Promise<void> {
    const { id, user } = sessionOf(request);
    const { name, role, timezone = '' } = await this.database.readOnly((tx) => this.entryOf(user.email, tx));
    const sessions = await this.sessions.list(user.id);
    const tokens = await this.tokens.list(user.id);
    const model = {
      title: 'Your account',
      email: user.email,
      role: ROLE_WORDS[role].title,
      value: { name, timezone, tokenName: '', ...given },
      fault: faultsByField(FIELDS, faults),
      faults,
      zones: TIME_ZONES,
      deskZone: user.timezone,
      sessions: sessionRows(sessions, PATH, id),
      others: sessions.length > 1,
      tokens: tokens.map((one) => ({ ...one, revoke: `${PATH}/tokens/${one.id}/revocation` })),
      fresh: fresh ?? null,
    };
    await this.pages.show(reply, 'people/account', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async entryOf(email: string, tx: Parameters<Users['entry']>[0]): Promise<UserEntry> {
    const entry = await this.users.entry(tx, email);
    if (entry === null) throw Problem.notFound('Your account is gone.');
    return entry;
  }
}
