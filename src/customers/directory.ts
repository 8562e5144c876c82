import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Contact } from './contact.entity.js';
import { domainsToAsk } from './domains.js';

export interface Sender {
  readonly email: string;
  readonly name?: string;
  /** Of their words, where they tell. */
  readonly language?: string | null;
}

/** The name to lock while something is decided by what this address has sent. */
export const contactLock = (email: string): string => `contact ${email.trim().toLowerCase()}`;

/** Everybody who has ever written to us, by address. */
@Injectable()
export class Directory {
  /**
   * The contact with this address, made now if there is none; `found` is what `byEmail` has found already. A name is taken over while we know
   * none: nobody may rename a customer by writing as them. A newcomer belongs to the organisation that owns the address's domain, and
   * speaks the language that their words tell.
   */
  async findOrAdd(tx: Transaction, sender: Sender, at: Date, found?: Contact | null): Promise<Contact> {
    const email = sender.email.trim().toLowerCase();
    const name = cleanName(sender.name ?? '');
    const known = found === undefined ? await this.byEmail(tx, email) : found;
    if (known && (known.name !== '' || name === '')) return known;

    await tx.lock(contactLock(email));
    const [added] = await tx.query<Contact>(
      `insert into contact (email, name, organisation_id, created_at, language)
       values ($1, $2, case when $5 then null else (${organisationOf('$4')}) end, $3, $6)
       on conflict on constraint contact_email_unique
         do update set name = excluded.name where contact.name = ''
       returning id, email, name, organisation_id as "organisationId", sees_organisation as "seesOrganisation",
         undeliverable_at as "undeliverableAt", undeliverable_reason as "undeliverableReason", language, timezone,
         created_at as "createdAt"`,
      [email, name, at, domainsToAsk(email), known !== null, sender.language ?? null],
    );
    return added === undefined ? tx.manager.findOneByOrFail(Contact, { email }) : tx.manager.create(Contact, added);
  }

  /** What a customer's mail or browser tells of them: the language while we know none, the zone always anew. */
  async learn(
    tx: Transaction,
    contact: Contact,
    { language = null, timezone = null }: { language?: string | null; timezone?: string | null },
  ): Promise<void> {
    const news = { language: contact.language ?? language, timezone: timezone ?? contact.timezone };
    if (news.language === contact.language && news.timezone === contact.timezone) return;

    await tx.query('update contact set language = $2, timezone = $3 where id = $1', [
      contact.id,
      news.language,
      news.timezone,
    ]);
    Object.assign(contact, news);
  }

  /** The language that staff chose for our letters to them; null: what they write tells. */
  async speak(tx: Transaction, contactId: string, language: string | null): Promise<void> {
    await tx.query('update contact set language = $2 where id = $1', [contactId, language]);
  }

  async byEmail(tx: Transaction, email: string): Promise<Contact | null> {
    return tx.manager.findOneBy(Contact, { email: email.trim().toLowerCase() });
  }

  async byId(tx: Transaction, id: string): Promise<Contact | null> {
    return tx.manager.findOneBy(Contact, { id });
  }

  /** The organisation that somebody who writes from this address belongs to, known or not. */
  async organisationFor(tx: Transaction, email: string): Promise<string | null> {
    const address = email.trim().toLowerCase();
    const known = await this.byEmail(tx, address);
    return known ? known.organisationId : this.organisationOf(tx, address);
  }

  private async organisationOf(tx: Transaction, email: string): Promise<string | null> {
    const [row] = await tx.query<{ id: string }>(organisationOf('$1'), [domainsToAsk(email)]);
    return row?.id ?? null;
  }
}

/** SQL for the organisation that owns the longest of these domains. */
const organisationOf = (domains: string): string =>
  `select organisation.id from organisation, unnest(domains) as domain
   where domains && ${domains} and domain = any(${domains}) order by length(domain) desc, organisation.name limit 1`;

/** One line, no invisible signs that turn the direction of writing, no longer than a name can be. */
function cleanName(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
