import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { Directory } from '../../customers/directory.js';
import { Membership } from '../../customers/membership.js';
import { Undeliverable } from '../../customers/undeliverable.js';
import { LetterWriter } from '../../mail/letter-writer.js';
import { Problem } from '../../platform/problems/problem.js';
import { metrics } from '../../sla/promises.js';
import { Assignment } from '../../tickets/assignment.js';
import { Copies } from '../../tickets/copies.js';
import { ManualDue } from '../../tickets/manual-due.js';
import { Participants } from '../../tickets/participants.js';
import { TicketStore } from '../../tickets/ticket.store.js';
import { Triage } from '../../tickets/triage.js';
import { Roles } from '../access.js';
import { metricName } from '../clock-chip.js';
import { demand, readForm } from '../forms.js';
import { userOf } from '../session.guard.js';
import { TicketNumber } from '../ticket-number.pipe.js';
import { TicketChange } from './ticket-change.js';

const tags = z.object({ add: z.string().max(2_000).default(''), remove: z.string().max(200).default('') });
const team = z.object({ team: z.string().max(100) });
const organisation = z.object({ organisation: z.string().trim().max(200), requester: z.literal('too').optional() });
const copy = z.object({
  email: z.string().trim().min(1, 'Say the address.').max(254),
  name: z.string().trim().max(200).default(''),
});
const language = z.object({ language: z.string().max(3) });
const metric = z.enum(metrics);
const reason = z.string().trim().min(1, 'Say why the due date is set by hand.').max(500);
const due = z.object({ metric, dueAt: z.string().min(1, 'Say when it is due.'), reason });
const dueRemoval = z.object({ metric, reason: z.string().trim().min(1, 'Say why it is taken back.').max(500) });

/** What is put right about a ticket: what it is called by, whose it is, and, by a manager, when it is due. */
@Controller('tickets/:number')
@Roles('agent')
export class EditController {
  constructor(
    private readonly changes: TicketChange,
    private readonly tickets: TicketStore,
    private readonly triage: Triage,
    private readonly assignment: Assignment,
    private readonly membership: Membership,
    private readonly manualDue: ManualDue,
    private readonly copies: Copies,
    private readonly participants: Participants,
    private readonly undeliverable: Undeliverable,
    private readonly directory: Directory,
    private readonly writer: LetterWriter,
  ) {}

  /** Adds some and takes one away, whatever somebody else has added meanwhile. */
  @Post('tags')
  async setTags(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { add, remove } = demand(tags, await readForm(request));
    await this.changes.make(request, reply, number, async (tx, deed) => {
      const ticket = await this.tickets.lock(tx, number);
      const wanted = [...ticket.tags.filter((tag) => tag !== remove), ...add.split(',')];
      await this.triage.setTags(tx, number, wanted, deed);
      return { text: remove === '' ? 'The tags are added.' : `The tag ${remove} is taken away.` };
    });
  }

  @Post('team')
  async giveToTeam(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { team: name } = demand(team, await readForm(request));
    await this.changes.make(request, reply, number, async (tx, deed) => {
      await this.assignment.giveToTeam(tx, number, name === '' ? null : name, deed);
      return { text: name === '' ? `#${number} is no team's now.` : `#${number} is given to the team ${name}.` };
    });
  }

  /** Whose contract holds: for this ticket, and if so wanted for all that its requester writes from now on. */
  @Post('organisation')
  async setOrganisation(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { organisation: given, requester } = demand(organisation, await readForm(request));
    const name = given === '' ? null : given;
    await this.changes.make(request, reply, number, async (tx, deed) => {
      const ticket = await this.tickets.lock(tx, number);
      await this.triage.setOrganisation(tx, number, name, deed);
      if (requester === 'too') await this.membership.set(tx, ticket.requesterId, name, userOf(request));
      return { text: name === null ? `#${number} is no organisation's now.` : `#${number} is ${name}'s now.` };
    });
  }

  @Post('copies')
  async addCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const person = demand(copy, await readForm(request));
    await this.changes.make(request, reply, number, async (tx, deed) => {
      await this.copies.add(tx, number, person, deed);
      return { text: `${person.email} is in copy from now on, and sees nothing of what was said before.` };
    });
  }

  @Post('copy-removal')
  async removeCopy(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { email } = demand(copy, await readForm(request));
    await this.changes.make(request, reply, number, async (tx, deed) => {
      await this.copies.remove(tx, number, email, deed);
      return { text: `${email} is not in copy any more.` };
    });
  }

  /** Somebody has made sure that an address takes mail again. */
  @Post('deliverable')
  async clearUndeliverable(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { email } = demand(copy, await readForm(request));
    await this.changes.make(request, reply, number, async (tx) => {
      const person = (await this.participants.of(tx, number)).find((one) => one.email === email.toLowerCase());
      if (person === undefined) throw Problem.notFound(`${email} takes no part in #${number}.`);
      await this.undeliverable.clear(tx, person.contactId);
      return { text: `${email} is written to again. Send anew what did not arrive.` };
    });
  }

  /** In which language our letters to the requester are. */
  @Post('language')
  async setLanguage(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { language: wanted } = demand(language, await readForm(request));
    const known = this.writer.languages.find(({ code }) => code === wanted);
    if (wanted !== '' && known === undefined) throw Problem.invalid('Letters are not written in that language.');
    await this.changes.make(request, reply, number, async (tx) => {
      const ticket = await this.tickets.lock(tx, number);
      await this.directory.speak(tx, ticket.requesterId, known?.code ?? null);
      return { text: `Letters to them are in ${known?.name ?? 'the language of the queue'} from now on.` };
    });
  }

  @Post('due')
  @Roles('manager')
  async setDue(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { metric: which, dueAt, reason: why } = demand(due, await readForm(request));
    const at = instantIn(dueAt, userOf(request).timezone);
    await this.changes.make(request, reply, number, async (tx, deed) => {
      if (at <= deed.at) throw wrongDue('This lies in the past: it would be broken at once.');
      await this.manualDue.set(tx, number, { metric: which, dueAt: at, reason: why }, deed);
      return { text: `The ${metricName(which).toLowerCase()} of #${number} is due as you say until you take it back.` };
    });
  }

  @Post('due-removal')
  @Roles('manager')
  async removeDue(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('number', TicketNumber) number: number,
  ): Promise<void> {
    const { metric: which, reason: why } = demand(dueRemoval, await readForm(request));
    await this.changes.make(request, reply, number, async (tx, deed) => {
      await this.manualDue.remove(tx, number, { metric: which, reason: why }, deed);
      return { text: `The ${metricName(which).toLowerCase()} of #${number} is due again as its policy says.` };
    });
  }
}

/** What a browser's field for date and time says, in the zone of whoever filled it in. */
function instantIn(text: string, timezone: string): Date {
  try {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) throw wrongDue('This is no date and time.');
    throw error;
  }
}

const wrongDue = (detail: string): Problem => Problem.invalid(detail, [{ field: 'dueAt', detail }]);
