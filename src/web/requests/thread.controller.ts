import { Controller, Get, Param, ParseIntPipe, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Config } from '../../platform/config/config.js';
import { Directory } from '../../customers/directory.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import type { Deed } from '../../tickets/actor.js';
import { Attachments } from '../../tickets/attachments.js';
import { Copies } from '../../tickets/copies.js';
import { Conversation } from '../../tickets/conversation.js';
import { Participants } from '../../tickets/participants.js';
import { Resolution } from '../../tickets/resolution.js';
import { ThreadLinks, type ThreadVisit } from '../../tickets/thread-links.js';
import type { Sight } from '../../tickets/ticket-access.js';
import { Public } from '../access.js';
import { demand, readForm } from '../forms.js';
import { MessageContent, type StoredFile } from '../message-content.js';
import { Pages } from '../pages.js';
import { RequestThreadPage } from './thread.page.js';

const answer = z.object({ body: z.string().max(100_000, 'That is too long for one message.').default('') });

const copyOf = z.object({ copy: z.string().trim().min(1, 'Say the address.').max(254) });

/** A customer's conversation behind their signed link: read, answer, close, reopen. */
@Controller('t/:token')
@Public()
export class ThreadController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly config: Config,
    private readonly links: ThreadLinks,
    private readonly threadPage: RequestThreadPage,
    private readonly conversation: Conversation,
    private readonly resolution: Resolution,
    private readonly attachments: Attachments,
    private readonly directory: Directory,
    private readonly content: MessageContent,
    private readonly copies: Copies,
    private readonly participants: Participants,
    private readonly now: Now,
  ) {}

  @Get()
  async read(@Res() reply: FastifyReply, @Param('token') token: string, @Query('sent') sent?: string): Promise<void> {
    const visit = await this.visit(token);
    await this.show(reply, token, visit, { sent: sent === '1' });
  }

  @Post('messages')
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async write(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    const form = await readForm(request);
    const { body } = demand(answer, form);
    const visit = await this.visit(token);
    if (body.trim() === '' && form.files.length === 0) {
      return this.show(reply, token, visit, { fault: 'Write something first.', body, status: 422 });
    }
    const { outcome, link } = await this.database.transaction(async (tx) => {
      const from = await this.directory.byId(tx, visit.contact.id);
      if (from === null) throw Problem.notFound('This link does not lead anywhere any more.');
      const words = { text: body, files: await this.attachments.keep(tx, form.files) };
      const written = await this.conversation.customerWrites(tx, visit.ticket, {
        from,
        at: this.now.read(),
        words,
        channel: 'form',
      });
      return { outcome: written.outcome, link: await this.links.link(tx, written.ticket.number, from.id) };
    });
    const text =
      outcome === 'appended' ? 'Sent. We have it.' : 'The old request was closed long ago, so this is a new one.';
    return this.pages.go(reply, outcome === 'appended' ? `/t/${token}#end` : new URL(link).pathname, {
      tone: 'good',
      text,
    });
  }

  @Post('closing')
  async close(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.change(token, (tx, { ticket }, deed) => this.resolution.resolve(tx, ticket, deed));
    await this.pages.go(reply, `/t/${token}`, {
      tone: 'good',
      text: 'Thank you. The request is closed; you can reopen it here.',
    });
  }

  @Post('reopening')
  async reopen(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.change(token, (tx, { ticket }, deed) => this.resolution.reopen(tx, ticket, deed));
    await this.pages.go(reply, `/t/${token}`, {
      tone: 'good',
      text: 'The request is open again. Tell us what is still missing.',
    });
  }

  /** Who asked may take others in; they see what is said from then on. */
  @Post('copies')
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async addCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    const { copy } = demand(copyOf, await readForm(request));
    await this.change(token, async (tx, visit, deed) => {
      await this.refuseOthers(tx, visit.ticket, visit.contact.id);
      await this.copies.add(tx, visit.ticket, { email: copy }, deed);
    });
    await this.pages.go(reply, `/t/${token}#copies`, { tone: 'good', text: `${copy} gets our answers from now on.` });
  }

  @Post('copy-removal')
  async removeCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('token') token: string,
  ): Promise<void> {
    const { copy } = demand(copyOf, await readForm(request));
    await this.change(token, async (tx, visit, deed) => {
      await this.refuseOthers(tx, visit.ticket, visit.contact.id);
      await this.copies.remove(tx, visit.ticket, copy, deed);
    });
    await this.pages.go(reply, `/t/${token}#copies`, { tone: 'good', text: `${copy} gets nothing more of this.` });
  }

  /** Whoever is in copy may have no more mail of it, or have it again. */
  @Post('silence')
  async silence(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.change(token, async (tx, visit) => {
      await this.participants.silence(tx, visit.ticket, visit.contact.id, this.now.read());
    });
    await this.pages.go(reply, `/t/${token}`, { tone: 'good', text: 'You get no more mail about this request.' });
  }

  @Post('unsilence')
  async unsilence(@Res() reply: FastifyReply, @Param('token') token: string): Promise<void> {
    await this.change(token, async (tx, visit) => {
      await this.participants.hearAgain(tx, visit.ticket, visit.contact.id);
    });
    await this.pages.go(reply, `/t/${token}`, { tone: 'good', text: 'You get mail about this request again.' });
  }

  @Get('attachments/:id')
  async file(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.content.sendFile(reply, await this.find(token, id));
  }

  @Get('attachments/:id/picture')
  async picture(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.content.sendPicture(reply, await this.find(token, id));
  }

  @Get('attachments/:id/mail')
  async mail(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const path = `/t/${token}/attachments/${id}/mail`;
    const mail = await this.content.enclosedMail(await this.find(token, id), path);
    await this.pages.show(reply, 'requests/enclosed-mail', { ...mail, back: `/t/${token}` });
  }

  @Get('attachments/:id/mail/html')
  async mailHtml(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('images') images?: string,
  ): Promise<void> {
    await this.content.sendEnclosedHtml(reply, await this.find(token, id), images);
  }

  @Get('attachments/:id/mail/files/:index')
  async mailFile(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('index', ParseIntPipe) index: number,
  ): Promise<void> {
    await this.content.sendEnclosedFile(reply, await this.find(token, id), index);
  }

  @Get('messages/:id/html')
  async html(
    @Res() reply: FastifyReply,
    @Param('token') token: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('images') images?: string,
  ): Promise<void> {
    const visit = await this.visit(token);
    await this.content.sendHtml(reply, await this.threadPage.message(visit.ticket, sightOf(visit), id), images);
  }

  private async refuseOthers(tx: Transaction, number: number, contactId: string): Promise<void> {
    const [requester] = await this.participants.of(tx, number);
    if (requester?.contactId !== contactId) throw Problem.forbidden('Only whoever asked decides who is in copy.');
  }

  private async find(token: string, id: string): Promise<StoredFile | undefined> {
    const visit = await this.visit(token);
    return this.threadPage.file(visit.ticket, sightOf(visit), id);
  }

  private async visit(token: string): Promise<ThreadVisit> {
    return this.database.transaction((tx) => this.links.open(tx, token));
  }

  private async change(
    token: string,
    work: (tx: Transaction, visit: ThreadVisit, deed: Deed) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const visit = await this.links.open(tx, token);
      await work(tx, visit, { at: this.now.read(), by: { kind: 'contact', ...visit.contact } });
    });
  }

  private async show(
    reply: FastifyReply,
    token: string,
    visit: ThreadVisit,
    {
      sent = false,
      fault = null,
      body = '',
      status = 200,
    }: { sent?: boolean; fault?: string | null; body?: string; status?: number },
  ): Promise<void> {
    const path = `/t/${token}`;
    const thread = await this.threadPage.read(visit.ticket, sightOf(visit), path);
    const model = {
      title: 'Your request',
      ...thread,
      ...{ sent, fault, body },
      reader: visit.contact,
      link: this.config.publicUrl + path,
      signedLink: true,
    };
    await this.pages.show(reply, 'requests/thread', model, { status });
  }
}

function sightOf({ contact, since }: ThreadVisit): Sight {
  return { inside: false, contactId: contact.id, since };
}
