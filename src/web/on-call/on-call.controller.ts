import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { zoneOf } from '../../calendar/local-time.js';
import { Rotas, type RotaEntry } from '../../escalation/rotas.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Roles } from '../access.js';
import { demand, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { OnCallPage } from './on-call.page.js';

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;
const localTime = z.string().trim();

const standIn = z.object({
  who: z.string().trim().min(1, 'Say who stands in.'),
  until: localTime.regex(LOCAL_TIME, 'Say until when, such as 2026-12-26T08:00.'),
  from: localTime.regex(LOCAL_TIME, 'From must be a time such as 2026-12-24T18:00.').or(z.literal('')).default(''),
});

/** Who is on call, who stands in, and the calendar that others subscribe to. */
@Roles('agent')
@Controller('admin/on-call')
export class OnCallController {
  constructor(
    private readonly pages: Pages,
    private readonly page: OnCallPage,
    private readonly rotas: Rotas,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  @Get()
  async show(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'on-call/on-call', await this.page.read());
  }

  /** Two fields: who, and until when. Without a beginning it begins now. */
  @Post(':name/overrides')
  @Roles('manager')
  async standIn(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { who, from, until } = demand(standIn, await readForm(request));
    await this.database.transaction(async (tx) => {
      const rota = await this.find(tx, name);
      const begins = from === '' ? this.wallClock(rota.timezone) : from;
      const overrides = [...(rota.overrides ?? []), { from: begins, to: until, who }];
      await this.rotas.save(tx, { ...rota, overrides }, userOf(request));
    });
    await this.pages.go(reply, '/admin/on-call', { tone: 'good', text: `${who} stands in on ${name}.` });
  }

  @Post(':name/overrides/:index/removal')
  @Roles('manager')
  async takeBack(
    @Param('name') name: string,
    @Param('index') index: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const rota = await this.find(tx, name);
      const others = (rota.overrides ?? []).filter((_, position) => String(position) !== index);
      await this.rotas.save(tx, { ...rota, overrides: others }, userOf(request));
    });
    await this.pages.go(reply, '/admin/on-call', {
      tone: 'good',
      text: `Taken back; the turns of ${name} hold again.`,
    });
  }

  @Post(':name/feed')
  @Roles('manager')
  async renewFeed(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.database.transaction((tx) => this.rotas.renewFeed(tx, name, userOf(request)));
    const text = `${name} has a new calendar address. The old one is good for nothing any more.`;
    await this.pages.go(reply, '/admin/on-call', { tone: 'good', text });
  }

  private async find(tx: Transaction, name: string): Promise<RotaEntry> {
    const rota = (await this.rotas.all(tx)).find((one) => one.name === name);
    if (rota === undefined) throw Problem.notFound(`There is no rota named ${name}.`);
    return rota;
  }

  private wallClock(timezone: string): string {
    return new Date(zoneOf(timezone).toLocal(this.now.read().getTime())).toISOString().slice(0, 16);
  }
}
