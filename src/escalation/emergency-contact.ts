import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { destinationsOf, Responders, type Responder } from './responders.js';

const NAME = 'Emergency contact';

/** The 24x7 contact, who stands behind every chain and whom nothing silences. */
@Injectable()
export class EmergencyContact {
  constructor(
    private readonly database: Database,
    private readonly responders: Responders,
  ) {}

  async read(): Promise<Responder | null> {
    return this.responders.emergency(this.database);
  }

  /** Whether there is somebody, with a way to reach them. Where not, the pages say "Nobody will be reached". */
  async isReachable(): Promise<boolean> {
    const contact = await this.read();
    return contact !== null && destinationsOf(contact).length > 0;
  }

  /** Sets e-mail and phone of the contact, who is made if there is none; other methods stay. */
  async set(
    tx: Transaction,
    { email, phone }: { email?: string | undefined; phone?: string | undefined },
  ): Promise<void> {
    const contact = await this.responders.emergency(tx);
    const name = contact?.name ?? NAME;
    const before = (await this.responders.all(tx)).find((entry) => entry.name === name);
    const others = (before?.methods ?? []).filter(({ kind }) => kind !== 'email');
    const mail = before?.methods?.find(({ kind }) => kind === 'email') ?? { kind: 'email' };
    await this.responders.save(tx, {
      name,
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
      methods: email === undefined ? others : [mail, ...others],
      emergency: true,
    });
  }
}
