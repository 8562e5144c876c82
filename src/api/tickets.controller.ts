import { Body, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { isStaff, type CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Now } from '../platform/time/now.js';
import { Clocks } from '../sla/clocks.js';
import { Measures, type MeasuresJson } from '../sla/measures.js';
import { Merging } from '../tickets/merging.js';
import { TicketAccess } from '../tickets/ticket-access.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { API_ROOT } from './contract.js';
import { ConversationQuery } from './conversation.query.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import type { Page, PageQuery } from './paging.js';
import { etagOfVersion } from './preconditions.js';
import type { EventJson } from './shapes/event.js';
import type { MessageJson } from './shapes/message.js';
import type { TicketJson } from './shapes/ticket.js';
import { TicketPages, type TicketsQuery } from './ticket.query.js';
import { actorOf, TicketChanges, type ChangesGiven } from './ticket-changes.js';
import { TicketWords, type MessageGiven, type TicketGiven } from './ticket-words.js';

/** Tickets, for programs. */
@ApiController('tickets')
export class TicketsController {
  constructor(
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly access: TicketAccess,
    private readonly pages: TicketPages,
    private readonly conversation: ConversationQuery,
    private readonly clocks: Clocks,
    private readonly measures: Measures,
    private readonly words: TicketWords,
    private readonly changes: TicketChanges,
    private readonly merging: Merging,
    private readonly now: Now,
  ) {}

  @Get()
  async list(@Query() query: TicketsQuery, @Caller() caller: CurrentUser): Promise<Page<TicketJson>> {
    return this.database.readOnly((tx) => this.pages.page(tx, caller, query));
  }

  @Post()
  async open(
    @Body() given: TicketGiven,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      const number = await this.words.open(tx, caller, given);
      return this.answer(tx, number, 201, { location: `${API_ROOT}/tickets/${number}` });
    });
  }

  @Get(':number')
  async one(@Param('number') number: number, @Caller() caller: CurrentUser): Promise<Answer> {
    return this.database.readOnly(async (tx) => {
      await this.access.sight(tx, caller, number);
      return this.answer(tx, number, 200);
    });
  }

  @Patch(':number')
  async change(
    @Param('number') number: number,
    @Body() given: ChangesGiven,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.database.transaction(async (tx) => {
      await this.changes.apply(tx, number, given, caller, request);
      return this.answer(tx, number, 200);
    });
  }

  @Get(':number/messages')
  async messages(
    @Param('number') number: number,
    @Query() query: PageQuery,
    @Caller() caller: CurrentUser,
  ): Promise<Page<MessageJson>> {
    return this.database.readOnly(async (tx) => {
      const sight = await this.access.sight(tx, caller, number);
      return this.conversation.messages(tx, number, sight, query);
    });
  }

  @Post(':number/messages')
  async say(
    @Param('number') number: number,
    @Body() given: MessageGiven,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      await this.access.sight(tx, caller, number);
      const { ticket, message } = await this.words.say(tx, caller, number, given);
      const location = `${API_ROOT}/tickets/${ticket}/messages`;
      return new Answer(201, await this.conversation.message(tx, message), { location });
    });
  }

  @Get(':number/clocks')
  async ledgers(
    @Param('number') number: number,
    @Caller() caller: CurrentUser,
  ): Promise<Page<object> & { measures: MeasuresJson }> {
    return this.database.readOnly(async (tx) => {
      await this.access.sight(tx, caller, number);
      const at = this.now.read();
      const items = await this.clocks.explained(tx, number, at);
      const measures = await this.measures.of(tx, number, at);
      // Which team had it for how long is the desk's own affair.
      return { items, nextCursor: null, measures: isStaff(caller) ? measures : { ...measures, handling: [] } };
    });
  }

  @Get(':number/events')
  async events(
    @Param('number') number: number,
    @Query() query: PageQuery,
    @Caller() caller: CurrentUser,
  ): Promise<Page<EventJson>> {
    return this.database.readOnly(async (tx) => {
      await this.access.sight(tx, caller, number);
      return this.conversation.events(tx, number, query);
    });
  }

  @Post(':number/merge')
  async merge(
    @Param('number') number: number,
    @Body() { into }: { into: number },
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      await this.merging.merge(tx, number, into, { by: actorOf(caller), at: this.now.read() });
      return this.answer(tx, number, 200);
    });
  }

  private async answer(
    tx: Transaction,
    number: number,
    status: number,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const { ticket, version } = await this.pages.one(tx, number);
    return new Answer(status, ticket, { ...headers, etag: etagOfVersion(version) });
  }
}
