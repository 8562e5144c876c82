import { Controller, Get, Param, ParseIntPipe, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Contact } from '../../customers/contact.entity.js';
import { Directory } from '../../customers/directory.js';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Attachments } from '../../tickets/attachments.js';
import { Copies } from '../../tickets/copies.js';
import { Conversation } from '../../tickets/conversation.js';
import { actorOf } from '../../tickets/opening.js';
import { Participants } from '../../tickets/participants.js';
import { Resolution } from '../../tickets/resolution.js';
import { TicketAccess, type Sight } from '../../tickets/ticket-access.js';
import { Roles } from '../access.js';
import { demand, readForm } from '../forms.js';
import { MessageContent, type StoredFile } from '../message-content.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';
import { OwnRequestsPage } from './own-requests.page.js';
import { RequestThreadPage } from './thread.page.js';

const copyOf = z.object({ copy: z.string().trim().min(1, 'Say the address.').max(254) });
const answer = z.object({ body: z.string().max(100_000, 'That is too long for one message.').default('') });

/** A customer who has signed in: all their requests, and their organisation's where that was granted. */
@Controller('requests')
@Roles('customer')
export class OwnRequestsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly access: TicketAccess,
    private readonly listPage: OwnRequestsPage,
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
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'requests/own', {
      title: 'My requests',
      requests: await this.listPage.read(userOf(request)),
    });
  }

  @Get(':number')
  async thread(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.show(request, reply, number, {});
  }

  @Post(':number/messages')
  async write(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const form = await readForm(request);
    const { body } = demand(answer, form);
    if (body.trim() === '' && form.files.length === 0) {
      return this.show(request, reply, number, { fault: 'Write something first.', body, status: 422 });
    }
    const at = this.now.read();
    const written = await this.database.transaction(async (tx) => {
      const from = await this.customer(tx, userOf(request), number, at);
      const words = { text: body, files: await this.attachments.keep(tx, form.files) };
      return this.conversation.customerWrites(tx, number, { from, at, words, channel: 'form' });
    });
    return this.pages.go(reply, `/requests/${written.ticket.number}#end`, { tone: 'good', text: 'Sent. We have it.' });
  }

  @Post(':number/closing')
  async close(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, number, (tx, by, at) => this.resolution.resolve(tx, number, { by: actorOf(by), at }));
    await this.pages.go(reply, `/requests/${number}`, {
      tone: 'good',
      text: 'Thank you. The request is closed; you can reopen it here.',
    });
  }

  @Post(':number/reopening')
  async reopen(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, number, (tx, by, at) => this.resolution.reopen(tx, number, { by: actorOf(by), at }));
    await this.pages.go(reply, `/requests/${number}`, {
      tone: 'good',
      text: 'The request is open again. Tell us what is still missing.',
    });
  }

  /** Who asked may take others in; they see what is said from then on. */
  @Post(':number/copies')
  @RouteConfig({ rateLimit: { max: 20, timeWindow: '1 minute' } })
  async addCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { copy } = demand(copyOf, await readForm(request));
    await this.change(request, number, async (tx, by, at) => {
      await this.refuseOthers(tx, number, by.id);
      await this.copies.add(tx, number, { email: copy }, { by: actorOf(by), at });
    });
    await this.pages.go(reply, `/requests/${number}#copies`, {
      tone: 'good',
      text: `${copy} gets our answers from now on.`,
    });
  }

  @Post(':number/copy-removal')
  async removeCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { copy } = demand(copyOf, await readForm(request));
    await this.change(request, number, async (tx, by, at) => {
      await this.refuseOthers(tx, number, by.id);
      await this.copies.remove(tx, number, copy, { by: actorOf(by), at });
    });
    await this.pages.go(reply, `/requests/${number}#copies`, {
      tone: 'good',
      text: `${copy} gets nothing more of this.`,
    });
  }

  /** Whoever is in copy may have no more mail of it, or have it again. */
  @Post(':number/silence')
  async silence(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, number, async (tx, by) => {
      await this.participants.silence(tx, number, by.id, this.now.read());
    });
    await this.pages.go(reply, `/requests/${number}`, {
      tone: 'good',
      text: 'You get no more mail about this request.',
    });
  }

  @Post(':number/unsilence')
  async unsilence(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, number, async (tx, by) => {
      await this.participants.hearAgain(tx, number, by.id);
    });
    await this.pages.go(reply, `/requests/${number}`, { tone: 'good', text: 'You get mail about this request again.' });
  }

  @Get(':number/attachments/:id')
  async file(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.content.sendFile(reply, await this.find(request, number, id));
  }

  @Get(':number/attachments/:id/picture')
  async picture(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    await this.content.sendPicture(reply, await this.find(request, number, id));
  }

  @Get(':number/attachments/:id/mail')
  async mail(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<void> {
    const path = `/requests/${number}/attachments/${id}/mail`;
    const mail = await this.content.enclosedMail(await this.find(request, number, id), path);
    await this.pages.show(reply, 'requests/enclosed-mail', { ...mail, back: `/requests/${number}` });
  }

  @Get(':number/attachments/:id/mail/html')
  async mailHtml(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('images') images?: string,
  ): Promise<void> {
    await this.content.sendEnclosedHtml(reply, await this.find(request, number, id), images);
  }

  @Get(':number/attachments/:id/mail/files/:index')
  async mailFile(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('index', ParseIntPipe) index: number,
  ): Promise<void> {
    await this.content.sendEnclosedFile(reply, await this.find(request, number, id), index);
  }

  @Get(':number/messages/:id/html')
  async html(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Param('id', ParseUUIDPipe) id: string,
    @Query('images') images?: string,
  ): Promise<void> {
    const message = await this.threadPage.message(number, await this.sight(request, number), id);
    await this.content.sendHtml(reply, message, images);
  }

  private async refuseOthers(tx: Transaction, number: number, contactId: string): Promise<void> {
    const [requester] = await this.participants.of(tx, number);
    if (requester?.contactId !== contactId) throw Problem.forbidden('Only whoever asked decides who is in copy.');
  }

  private async find(request: FastifyRequest, number: number, id: string): Promise<StoredFile | undefined> {
    return this.threadPage.file(number, await this.sight(request, number), id);
  }

  private async sight(request: FastifyRequest, number: number): Promise<Sight> {
    return this.database.transaction((tx) => this.access.sight(tx, userOf(request), number));
  }

  private async change(
    request: FastifyRequest,
    number: number,
    work: (tx: Transaction, by: Contact, at: Date) => Promise<void>,
  ): Promise<void> {
    const at = this.now.read();
    await this.database.transaction(async (tx) => work(tx, await this.customer(tx, userOf(request), number, at), at));
  }

  /** The person as the customer they are, once it is sure that this conversation is theirs to see. */
  private async customer(tx: Transaction, user: CurrentUser, number: number, at: Date): Promise<Contact> {
    await this.access.sight(tx, user, number);
    return this.directory.findOrAdd(tx, { email: user.email, name: user.name }, at);
  }

  private async show(
    request: FastifyRequest,
    reply: FastifyReply,
    number: number,
    { fault = null, body = '', status = 200 }: { fault?: string | null; body?: string; status?: number },
  ): Promise<void> {
    const { name, email } = userOf(request);
    const thread = await this.threadPage.read(number, await this.sight(request, number), `/requests/${number}`);
    const model = {
      title: 'Your request',
      ...thread,
      ...{ sent: false, fault, body },
      reader: { name, email },
      link: '',
      signedLink: false,
    };
    await this.pages.show(reply, 'requests/thread', model, { status });
  }
}
