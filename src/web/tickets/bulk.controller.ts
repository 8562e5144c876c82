import { Controller, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import type { Deed } from '../../tickets/actor.js';
import { Assignment } from '../../tickets/assignment.js';
import { Merging } from '../../tickets/merging.js';
import { Resolution } from '../../tickets/resolution.js';
import { StatusChanges } from '../../tickets/status-changes.js';
import { choosableStatuses } from '../../tickets/status.js';
import { TicketStore } from '../../tickets/ticket.store.js';
import { Triage } from '../../tickets/triage.js';
import { Roles } from '../access.js';
import { demand, givenIn, readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { deedOf } from './deed.js';
import { listAddress, readListState } from './list-state.js';

/** At once, in one transaction: as many as a page of the list shows. */
const MOST = 50;

const numbers = z
  .union([z.string(), z.array(z.string())], { error: 'Select some tickets first.' })
  .transform((given) => [...new Set([given].flat().map(Number))].sort((a, b) => a - b))
  .refine((given) => given.length <= MOST, `Choose ${MOST} tickets at the most.`)
  .refine((given) => given.every((number) => Number.isSafeInteger(number) && number > 0), 'That is no ticket.');

/** `take`, or `status waiting`: what a button says is to be done, and with what. What needs more words has fields of its own. */
const selection = z.object({
  number: numbers,
  change: z.string().min(1, 'Say what is to be done with the selected tickets.').max(400),
  level: z.string().max(50).default(''),
  reason: z.string().trim().max(500).default(''),
  add: z.string().max(2_000).default(''),
  into: z.string().trim().max(20).default(''),
});

type Selection = z.output<typeof selection>;
/** What is done to each ticket, and how it is told afterwards. */
interface Work {
  readonly done: string;
  readonly on: (tx: Transaction, number: number) => Promise<unknown>;
}

/** The same for several tickets at once: all of it, or, if one refuses, nothing. */
@Controller('tickets/changes')
@Roles('agent')
export class BulkController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly tickets: TicketStore,
    private readonly assignment: Assignment,
    private readonly statuses: StatusChanges,
    private readonly triage: Triage,
    private readonly resolution: Resolution,
    private readonly mergers: Merging,
    private readonly now: Now,
  ) {}

  @Post()
  async change(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const chosen = demand(selection, form);
    const { on, done } = this.workOf(chosen, deedOf(userOf(request), this.now.read()));
    await this.database.transaction(async (tx) => {
      for (const number of chosen.number) await on(tx, number);
    });
    const which =
      chosen.number.length === 1 ? `Ticket #${chosen.number[0] ?? ''} is` : `${chosen.number.length} tickets are`;
    const shown = new URLSearchParams(givenIn(form.fields)['back']?.split('?')[1] ?? '');
    await this.pages.go(reply, listAddress('/tickets', readListState(Object.fromEntries(shown))), {
      tone: 'good',
      text: `${which} ${done}.`,
    });
  }

  private workOf(chosen: Selection, deed: Deed): Work {
    const [what = '', ...rest] = chosen.change.split(' ');
    const value = rest.join(' ');
    switch (what) {
      case 'take':
        return { done: 'yours now', on: (tx, number) => this.assignment.take(tx, number, deed) };
      case 'resolve':
        return { done: 'resolved', on: (tx, number) => this.resolution.resolve(tx, number, deed) };
      case 'spam':
        return { done: 'marked as spam', on: (tx, number) => this.triage.markSpam(tx, number, deed) };
      case 'assign':
        return value === ''
          ? { done: 'nobody’s now', on: (tx, number) => this.assignment.release(tx, number, deed) }
          : { done: `given to ${value}`, on: (tx, number) => this.assignment.assign(tx, number, value, deed) };
      case 'status':
        return this.settingStatus(value, deed);
      case 'queue':
        return { done: `in ${value}`, on: (tx, number) => this.triage.setQueue(tx, number, value, deed) };
      case 'level':
        return this.settingLevel(chosen, deed);
      case 'tags':
        return this.addingTags(chosen, deed);
      case 'merge':
        return this.merging(chosen, deed);
      default:
        throw Problem.invalid('Say what is to be done with the selected tickets.');
    }
  }

  private settingStatus(value: string, deed: Deed): Work {
    const status = choosableStatuses.find((one) => one === value);
    if (status === undefined) throw Problem.invalid('There is no such status to choose.');
    return { done: status, on: (tx, number) => this.statuses.choose(tx, number, status, deed) };
  }

  private settingLevel({ level, reason }: Selection, deed: Deed): Work {
    if (level === '') throw Problem.invalid('Choose a level.', [{ field: 'level', detail: 'Choose a level.' }]);
    if (reason === '') {
      throw Problem.invalid('Say why the level changes.', [{ field: 'reason', detail: 'Say why the level changes.' }]);
    }
    return { done: `of level ${level}`, on: (tx, number) => this.triage.setLevel(tx, number, level, reason, deed) };
  }

  private addingTags({ add }: Selection, deed: Deed): Work {
    const tags = add.split(',').filter((tag) => tag.trim() !== '');
    if (tags.length === 0) throw Problem.invalid('Say which tag.', [{ field: 'add', detail: 'Say which tag.' }]);
    return {
      done: `tagged ${tags.join(', ')}`,
      on: async (tx, number) => {
        const ticket = await this.tickets.lock(tx, number);
        await this.triage.setTags(tx, number, [...ticket.tags, ...tags], deed);
      },
    };
  }

  private merging({ into }: Selection, deed: Deed): Work {
    const target = Number(into.replace('#', ''));
    if (!Number.isSafeInteger(target) || target < 1) {
      throw Problem.invalid('Into which ticket? Its number, please.', [{ field: 'into', detail: 'is no number' }]);
    }
    return {
      done: `merged into #${target}`,
      on: async (tx, number) => {
        if (number !== target) await this.mergers.merge(tx, number, target, deed);
      },
    };
  }
}
