import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { Deed } from './actor.js';
import { StatusChanges } from './status-changes.js';

/** Whose turn it is: the customer's, a third party's, ours again. */
@Injectable()
export class Waiting {
  constructor(private readonly statuses: StatusChanges) {}

  /** The customer must answer first. */
  async waitForCustomer(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.statuses.choose(tx, number, 'waiting', deed);
  }

  /** Somebody else must act first: a supplier, another team, a date. */
  async hold(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.statuses.choose(tx, number, 'on-hold', deed);
  }

  async goOn(tx: Transaction, number: number, deed: Deed): Promise<void> {
    await this.statuses.choose(tx, number, 'open', deed);
  }
}
