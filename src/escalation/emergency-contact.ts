import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { AuditedBy } from '../identity/audit.js';
import { Chains } from './chains.js';
import { ROTA_WITH } from './rotas.js';
import { destinationsOf, Responders, type Responder } from './responders.js';

const NAME = 'Emergency contact';

/**
 * SQL: whether each of those who may be the emergency contact has a proven method that is real. A proof is for an
 * address, so one for an address that the responder has no more proves nothing; and where letters are only captured for want of a relay,
 * one by e-mail proves that an admin has read the outbox.
 */
export const emergencyVerified = ({ mailLeaves }: { mailLeaves: boolean }): string => `coalesce((
  with contact as (
    select responder.* from responder where case when exists (select from rota where emergency)
      then exists (select from rota where rota.emergency and rota.definition -> 'members' ? responder.name)
      else responder.emergency end)
  select bool_and(exists (
    select from method_verification proof, jsonb_array_elements(contact.methods) as entry (way)
    where proof.responder_id = contact.id and proof.verified_at is not null and proof.method = way ->> 'kind'
      and case way ->> 'kind'
        when 'email' then ${String(mailLeaves)} and proof.address = contact.email
        when 'webhook' then proof.address = way ->> 'url'
        when 'ntfy' then proof.address = way ->> 'url'
        when 'sms' then proof.address = regexp_replace(coalesce(way ->> 'phone', contact.phone), '[^0-9+]', '', 'g')
        when 'voice' then proof.address = regexp_replace(coalesce(way ->> 'phone', contact.phone), '[^0-9+]', '', 'g')
        else proof.address = ltrim((way ->> 'label') || ' (' || (way ->> 'hint') || ')') end
      and (way ->> 'kind' not in ('sms', 'voice') or exists (select from provider where name = 'twilio' and secret is not null))
      and (way ->> 'kind' <> 'pushover' or exists (select from provider where name = 'pushover' and secret is not null))))
  from contact), false)`;

/** The 24x7 contact, who stands behind every chain and whom nothing silences. */
@Injectable()
export class EmergencyContact {
  constructor(
    private readonly database: Database,
    private readonly responders: Responders,
    private readonly chains: Chains,
    private readonly config: Config,
  ) {}

  /** Whether letters leave the house at all. */
  get mailLeaves(): boolean {
    return this.config.smtpUrl !== undefined;
  }

  async read(): Promise<Responder | null> {
    return this.responders.emergency(this.database);
  }

  /** Whether there is somebody, with a way to reach them. Where not, the pages say "Nobody will be reached". */
  async isReachable(): Promise<boolean> {
    const contact = await this.read();
    return contact !== null && destinationsOf(contact).length > 0;
  }

  /** Whether somebody has proven that a call reaches them: the contact, or everybody in the rota that stands there. */
  async isVerified(): Promise<boolean> {
    const [row] = await this.database.query<{ verified: boolean }>(`select ${emergencyVerified(this)} as verified`);
    return row?.verified === true;
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

  /**
   * Where the contact of before cannot be called at all, as with the one that a new desk begins with, and somebody else is the contact now:
   * that one gets all places in chains, and the one of before goes. Those in `kept` stay in any case.
   */
  async succeed(tx: Transaction, before: Responder | null, kept: ReadonlySet<string>, by: AuditedBy): Promise<void> {
    const now = await this.responders.emergency(tx);
    if (before === null || now === null || before.id === now.id || kept.has(before.name)) return;
    if (destinationsOf(before).length > 0) return;
    const [rota] = await tx.query(ROTA_WITH, [before.name]);
    if (rota !== undefined) return;

    for (const chain of await this.chains.all(tx)) {
      const steps = chain.steps.map(({ notify, ...step }) => ({
        ...step,
        notify: [...new Set(notify.map((name) => (name === before.name ? now.name : name)))],
      }));
      await this.chains.save(tx, { ...chain, steps }, by);
    }
    await this.responders.remove(tx, before.name, by);
  }
}
