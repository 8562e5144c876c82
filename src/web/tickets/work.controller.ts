import { Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Now } from '../../platform/time/now.js';
import type { Deed } from '../../tickets/actor.js';
import { Assignment } from '../../tickets/assignment.js';
import { Conversation } from '../../tickets/conversation.js';
import { Drafts } from '../../tickets/drafts.js';
import { Merging } from '../../tickets/merging.js';
import { Resolution } from '../../tickets/resolution.js';
import { RichWords } from '../../tickets/rich-words.js';
import { StatusChanges } from '../../tickets/status-changes.js';
import { choosableStatuses, type ChoosableStatus } from '../../tickets/status.js';
import { Triage } from '../../tickets/triage.js';
import { Roles } from '../access.js';
import { demand, givenIn, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';
import { deedOf } from './deed.js';
import { heardSince } from './heard.js';
import { readListState } from './list-state.js';
import { TicketChange, type Done } from './ticket-change.js';
import { TicketPage, type HeldMessage } from './ticket.page.js';

const message = z.object({
  kind: z.enum(['reply', 'note', 'call']),
  body: z.string().max(200_000, 'That is too long for one message.').default(''),
  setStatus: z.union([z.literal('').transform(() => undefined), z.enum(choosableStatuses)]).optional(),
  heardUntil: z.string().default(''),
  /** What the editor made of it; the plain words stand beside. */
  html: z.string().max(900_000, 'That is too long for one message.').default(''),
});
const draft = z.object({ kind: z.enum(['reply', 'note', 'call']), body: z.string().max(200_000) });
const assignee = z.object({ assignee: z.string().max(320) });
const status = z.object({ status: z.enum(choosableStatuses) });
const level = z.object({
  level: z.string().max(50),
  reason: z.string().trim().min(1, 'Say why the level changes.').max(500),
});
const queue = z.object({ queue: z.string().max(200) });
const subject = z.object({
  subject: z.string().trim().min(1, 'A ticket needs a subject.').max(250, 'A subject has 250 characters at the most.'),
});
const merging = z.object({
  into: z
    .string()
    .trim()
    .regex(/^#?[1-9]\d{0,8}$/, 'That is no number of a ticket.')
    .transform((given) => Number(given.replace('#', ''))),
});

const ENDING: readonly (ChoosableStatus | undefined)[] = ['resolved', 'closed', 'spam'];
/** Whoever answers and waits has done what there was to do. */
const ANSWERED: readonly (ChoosableStatus | undefined)[] = [...ENDING, 'waiting', 'on-hold'];

/** What an agent does with one ticket: each a small form of its page. */
@Controller('tickets/:number')
@Roles('agent')
export class WorkController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly ticketPage: TicketPage,
    private readonly changes: TicketChange,
    private readonly conversation: Conversation,
    private readonly drafts: Drafts,
    private readonly richWords: RichWords,
    private readonly assignment: Assignment,
    private readonly statuses: StatusChanges,
    private readonly triage: Triage,
    private readonly resolution: Resolution,
    private readonly mergers: Merging,
    private readonly now: Now,
  ) {}

  @Post('messages')
  async write(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const form = await readForm(request);
    const { kind, body, html, setStatus, heardUntil } = demand(message, form);
    const hold = async (status: number, detail: string): Promise<void> => {
      const held: HeldMessage = { kind, body, html, faults: [{ field: 'body', detail }] };
      await this.pages.show(
        reply,
        'tickets/ticket',
        await this.ticketPage.read(userOf(request), number, stateIn(form), held),
        { status },
      );
    };
    if (body.trim() === '' && html.trim() === '' && form.files.length === 0) return hold(422, 'Write something first.');
    const other = kind === 'reply' ? await heardSince(this.database, number, heardUntil) : null;
    if (other !== null) {
      const files = form.files.length > 0 ? ' Choose your files again.' : '';
      return hold(
        409,
        `${other} has written here meanwhile. Read it above, then send this as it is or change it.${files}`,
      );
    }
    return this.change(request, reply, number, async (tx, deed) => {
      const words = await this.richWords.keep(tx, { text: body, html, files: form.files });
      const chosen = setStatus === undefined ? {} : { setStatus };
      if (kind === 'note') await this.conversation.note(tx, number, { words, ...deed });
      else if (kind === 'call') await this.conversation.call(tx, number, { words, ...chosen, ...deed });
      else await this.conversation.agentReplies(tx, number, { words, ...chosen, ...deed });
      await this.drafts.discard(tx, userOf(request).id, number);
      return { text: `#${number}: ${SAID[kind]}.`, ends: kind !== 'note' && ANSWERED.includes(setStatus) };
    });
  }

  /** What has been written so far, sent by the page now and then. */
  @Post('draft')
  @HttpCode(204)
  async keepDraft(@Req() request: FastifyRequest, @Param('number', TicketNumber) number: number): Promise<void> {
    const { kind, body } = demand(draft, await readForm(request));
    const savedAt = this.now.read();
    await this.database.transaction((tx) => this.drafts.keep(tx, userOf(request).id, number, { kind, body, savedAt }));
  }

  @Post('assignment')
  async assign(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { assignee: email } = demand(assignee, await readForm(request));
    await this.change(request, reply, number, async (tx, deed) => {
      if (email === '') await this.assignment.release(tx, number, deed);
      else await this.assignment.assign(tx, number, email, deed);
      return { text: email === '' ? `#${number} is nobody's now.` : `#${number} is given to ${email}.` };
    });
  }

  @Post('status')
  async setStatus(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { status: wanted } = demand(status, await readForm(request));
    await this.change(request, reply, number, async (tx, deed) => {
      await this.statuses.choose(tx, number, wanted, deed);
      return { text: `#${number} is ${wanted}.`, ends: ENDING.includes(wanted) };
    });
  }

  @Post('level')
  async setLevel(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { level: wanted, reason } = demand(level, await readForm(request));
    await this.change(request, reply, number, async (tx, deed) => {
      await this.triage.setLevel(tx, number, wanted, reason, deed);
      return { text: `#${number} has the level ${wanted}; its clocks are judged by that.` };
    });
  }

  @Post('queue')
  async setQueue(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { queue: wanted } = demand(queue, await readForm(request));
    await this.change(request, reply, number, async (tx, deed) => {
      await this.triage.setQueue(tx, number, wanted, deed);
      return { text: `#${number} is in ${wanted}.` };
    });
  }

  @Post('subject')
  async setSubject(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { subject: wanted } = demand(subject, await readForm(request));
    await this.change(request, reply, number, async (tx, deed) => {
      await this.triage.setSubject(tx, number, wanted, deed);
      return { text: 'The subject is changed.' };
    });
  }

  @Post('resolution')
  async resolve(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, reply, number, async (tx, deed) => {
      await this.resolution.resolve(tx, number, deed);
      return { text: `#${number} is resolved.`, ends: true };
    });
  }

  @Post('reopening')
  async reopen(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, reply, number, async (tx, deed) => {
      await this.resolution.reopen(tx, number, deed);
      return { text: `#${number} is open again.` };
    });
  }

  @Post('spam')
  async markSpam(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, reply, number, async (tx, deed) => {
      await this.triage.markSpam(tx, number, deed);
      return { text: `#${number} is marked as spam.`, ends: true };
    });
  }

  @Post('not-spam')
  async notSpam(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, reply, number, async (tx, deed) => {
      await this.triage.notSpam(tx, number, deed);
      return { text: `#${number} is back where it was.` };
    });
  }

  @Post('merging')
  async merge(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { into } = demand(merging, await readForm(request));
    await this.database.transaction((tx) => this.mergers.merge(tx, number, into, this.deed(request)));
    await this.pages.go(reply, `/tickets/${into}`, { tone: 'good', text: `#${number} goes on here, in #${into}.` });
  }

  @Post('unmerging')
  async unmerge(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    await this.change(request, reply, number, async (tx, deed) => {
      await this.mergers.undo(tx, number, deed);
      return { text: `#${number} is a ticket of its own again.` };
    });
  }

  private deed(request: FastifyRequest): Deed {
    return deedOf(userOf(request), this.now.read());
  }

  private async change(
    request: FastifyRequest,
    reply: FastifyReply,
    number: number,
    work: (tx: Transaction, deed: Deed) => Promise<Done>,
  ): Promise<void> {
    await this.changes.make(request, reply, number, work);
  }
}

const SAID = { reply: 'sent', note: 'the note is added', call: 'the call is written down' } as const;

/** The list beside which the form stood. */
function stateIn({ fields }: SentForm): ReturnType<typeof readListState> {
  const here = givenIn(fields)['here'] ?? '';
  return readListState(Object.fromEntries(new URLSearchParams(here.split('?')[1] ?? '')));
}
