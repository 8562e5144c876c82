import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Directory } from '../../customers/directory.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import type { Deed } from '../../tickets/actor.js';
import { Attachments } from '../../tickets/attachments.js';
import { Conversation } from '../../tickets/conversation.js';
import { Roles } from '../access.js';
import { check, faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';
import { TicketClocksPage } from './clocks.page.js';
import { deedOf } from './deed.js';
import { readListState } from './list-state.js';
import { TicketListPage } from './list.page.js';
import { NewTicketPage } from './new-ticket.page.js';
import { TicketPage } from './ticket.page.js';
import { FIRST_VIEW } from './views.js';

const newTicket = z.object({
  email: z.email({ pattern: EMAIL_ADDRESS, error: 'Whose request is it? An e-mail address, please.' }),
  name: z.string().trim().max(200).default(''),
  subject: z.string().trim().min(1, 'The subject is missing.').max(250, 'A subject has 250 characters at the most.'),
  body: z.string().trim().min(1, 'What is it about?').max(200_000, 'That is too long for one message.'),
  level: z.string().optional(),
  queue: z.string().optional(),
});
const NEW_TICKET_FIELDS = ['email', 'name', 'subject', 'body', 'level', 'queue'] as const;

/** The lists of tickets, one ticket, and new ones that an agent enters. */
@Controller('tickets')
@Roles('agent')
export class TicketsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly listPage: TicketListPage,
    private readonly ticketPage: TicketPage,
    private readonly clocksPage: TicketClocksPage,
    private readonly newTicketPage: NewTicketPage,
    private readonly conversation: Conversation,
    private readonly attachments: Attachments,
    private readonly directory: Directory,
    private readonly now: Now,
  ) {}

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const list = await this.listPage.read(userOf(request), readListState(query), {
      focus: query['focus'] === 'search',
    });
    await this.pages.show(reply, 'tickets/list', { list });
  }

  /** Asked now and then by an open list; it never moves rows under somebody's hands. */
  @Get('news')
  async news(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const after = new Date(String(query['after']));
    if (Number.isNaN(after.getTime())) throw Problem.malformed('Since when?');
    await this.pages.showPart(
      reply,
      'tickets/news',
      await this.listPage.news(userOf(request), readListState(query), after),
    );
  }

  @Get('new')
  async form(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(
      reply,
      'tickets/new',
      await this.newTicketPage.read({}, faultsByField(NEW_TICKET_FIELDS, [])),
    );
  }

  @Post()
  async open(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const checked = check(newTicket, form);
    if (!checked.ok) {
      const model = await this.newTicketPage.read(checked.given, faultsByField(NEW_TICKET_FIELDS, checked.faults));
      return this.pages.show(reply, 'tickets/new', model, { status: 422 });
    }
    const number = await this.database.transaction((tx) =>
      this.enter(tx, checked.value, form, deedOf(userOf(request), this.now.read())),
    );
    return this.pages.go(reply, `/tickets/${number}`, { tone: 'good', text: `Ticket #${number} is open.` });
  }

  @Get(':number')
  async ticket(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const shown = readListState({ view: FIRST_VIEW, ...query });
    await this.pages.show(reply, 'tickets/ticket', await this.ticketPage.read(userOf(request), number, shown));
  }

  /** The account of each of its clocks, for anyone to check by hand. */
  @Get(':number/clocks')
  async clocks(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.pages.show(reply, 'tickets/clocks', await this.clocksPage.read(userOf(request), number));
  }

  private async enter(
    tx: Transaction,
    given: z.output<typeof newTicket>,
    { files }: SentForm,
    { by, at }: Deed,
  ): Promise<number> {
    const requester = await this.directory.findOrAdd(tx, { email: given.email, name: given.name }, at);
    const { ticket } = await this.conversation.open(tx, {
      ...{ channel: 'agent', at, by, requester, subject: given.subject },
      words: { text: given.body, files: await this.attachments.keep(tx, files) },
      ...(given.level === undefined || given.level === '' ? {} : { level: given.level }),
      ...(given.queue === undefined || given.queue === '' ? {} : { queue: given.queue }),
    });
    return ticket.number;
  }
}
