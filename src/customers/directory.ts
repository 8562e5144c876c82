import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Contact } from './contact.entity.js';
import { domainsToAsk } from './domains.js';

export interface Sender {
  readonly email: string;
  readonly name?: string;
}

/** Everybody who has ever written to us, by address. */
@Injectable()
export class Directory {
  /**
   * The contact with this address, made now if there is none. A name is taken over while we know none: nobody may
   * rename a customer by writing as them. A newcomer belongs to the organisation that owns the address's domain.
   */
  async findOrAdd(tx: Transaction, sender: Sender, at: Date): Promise<Contact> {
    const email = sender.email.trim().toLowerCase();
    const name = cleanName(sender.name ?? '');
    const known = await this.byEmail(tx, email);
    if (known && (known.name !== '' || name === '')) return known;

    await tx.query(
      `insert into contact (email, name, organisation_id, created_at) values ($1, $2, $3, $4)
       on conflict on constraint contact_email_unique
         do update set name = excluded.name where contact.name = ''`,
      [email, name, known ? known.organisationId : await this.organisationOf(tx, email), at],
    );
    return tx.manager.findOneByOrFail(Contact, { email });
  }

  async byEmail(tx: Transaction, email: string): Promise<Contact | null> {
    return tx.manager.findOneBy(Contact, { email: email.trim().toLowerCase() });
  }

  async byId(tx: Transaction, id: string): Promise<Contact | null> {
    return tx.manager.findOneBy(Contact, { id });
  }

  private async organisationOf(tx: Transaction, email: string): Promise<string | null> {
    const [row] = await tx.query<{ id: string }>(
      `select organisation.id from organisation, unnest(domains) as domain
       where domains && $1 and domain = any($1) order by length(domain) desc, organisation.name limit 1`,
      [domainsToAsk(email)],
    );
    return row?.id ?? null;
  }
}

/** One line, no invisible signs that turn the direction of writing, no longer than a name can be. */
function cleanName(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
