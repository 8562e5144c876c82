import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Now } from '../../platform/time/now.js';
import type { Deed } from '../../tickets/actor.js';
import { givenIn, readForm } from '../forms.js';
import { ownPath, Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { deedOf } from './deed.js';

export interface Done {
  readonly text: string;
  /** Nothing is left to do here: the next ticket of the list is opened. */
  readonly ends?: boolean;
}

/** What all small forms of a ticket's page do: the change in a transaction, and back to where the form stood. */
@Injectable()
export class TicketChange {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  async make(
    request: FastifyRequest,
    reply: FastifyReply,
    number: number,
    work: (tx: Transaction, deed: Deed) => Promise<Done>,
  ): Promise<void> {
    const given = givenIn((await readForm(request)).fields);
    const deed = deedOf(userOf(request), this.now.read());
    const { text, ends = false } = await this.database.transaction((tx) => work(tx, deed));
    const here = ownPath(given['here'], `/tickets/${number}`);
    await this.pages.go(reply, ends ? ownPath(given['next'], here) : here, { tone: 'good', text });
  }
}
