import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { Deed } from './actor.js';
import { StatusChanges } from './status-changes.js';

/** Saying that a request is dealt with, and taking that back. Customers may do both with their own. */
@Injectable()
export class Resolution {
  constructor(private readonly statuses: StatusChanges) {}

  /** Never answered, it is marked "resolved without a reply". */
  async resolve(tx: Transaction, number: number, deed: Deed): Promise<void> {
    const byCustomer = deed.by.kind === 'contact';
    await this.statuses.apply(
      tx,
      number,
      byCustomer ? { cause: 'customer-resolves' } : { cause: 'chosen', status: 'resolved' },
      deed,
    );
  }

  async reopen(tx: Transaction, number: number, deed: Deed): Promise<void> {
    const byCustomer = deed.by.kind === 'contact';
    await this.statuses.apply(
      tx,
      number,
      byCustomer ? { cause: 'customer-reopens' } : { cause: 'chosen', status: 'open' },
      deed,
    );
  }
}
