import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { readEmail } from './inbound/reading/addresses.js';
import { BounceAddresses } from './outbound/bounce-addresses.js';

/** One of the addresses that customers write to. */
export interface Mailbox {
  readonly address: string;
  readonly name: string;
}

/** Our addresses at one moment. */
export class OurAddresses {
  readonly addresses: readonly string[];
  /** Domains of our addresses and of our Message-IDs. */
  readonly domains: readonly string[];

  constructor(
    readonly mailboxes: readonly Mailbox[],
    mailDomain: string,
  ) {
    this.addresses = mailboxes.map(({ address }) => address);
    this.domains = [...new Set([mailDomain, ...this.addresses.map(domainOf)])];
  }

  /** The mailbox that an address, with or without a +token, belongs to; null if it is none of ours. */
  mailboxOf(address: string): string | null {
    const bare = address.trim().toLowerCase();
    if (this.addresses.includes(bare)) return bare;
    const base = bare.replace(/\+[^@]*@/, '@');
    return this.addresses.includes(base) ? base : null;
  }

  /** What stands behind the + of one of our addresses, lower case. */
  tokenIn(address: string): string | null {
    const bare = address.trim().toLowerCase();
    const token = /\+([^@]+)@/.exec(bare)?.[1];
    return token !== undefined && !this.addresses.includes(bare) && this.mailboxOf(bare) !== null ? token : null;
  }
}

/** How long another process's change may go unseen. */
const REMEMBERED_MS = 2_000;

/** The addresses under which the desk is reached. The first is the desk's support address, whether it is listed or not. */
@Injectable()
export class Mailboxes {
  private remembered: { readonly ours: OurAddresses; readonly at: number } | undefined;

  constructor(
    private readonly database: Database,
    private readonly desk: DeskStore,
    private readonly config: Config,
    private readonly bounceAddresses: BounceAddresses,
    private readonly now: Now,
  ) {}

  async all(tx: Transaction): Promise<Mailbox[]> {
    const { name, supportAddress } = await this.desk.readIn(tx);
    return withSupport(await tx.query<Mailbox>(SELECT), { address: supportAddress, name });
  }

  async save(
    tx: Transaction,
    mailbox: { readonly address: string; readonly name?: string },
    by: string | null,
  ): Promise<void> {
    const address = readEmail(mailbox.address);
    if (address === null || /\+/.test(address) || /^bounces@/.test(address)) {
      throw Problem.invalid('A mailbox needs an e-mail address without a + in it.', [
        { field: 'address', detail: `"${mailbox.address}" cannot be a mailbox.` },
      ]);
    }
    await tx.query(
      `insert into mailbox (address, name, changed_by, changed_at) values ($1, $2, $3, $4)
       on conflict (address) do update set name = excluded.name, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
      [address, mailbox.name ?? '', by, this.now.read()],
    );
    this.forgetAfter(tx);
  }

  /** Stops taking mail for an address; the desk's support address always stays. */
  async remove(tx: Transaction, address: string): Promise<void> {
    const removed = await tx.query('delete from mailbox where address = $1 returning id', [address.toLowerCase()]);
    if (removed.length === 0) throw Problem.notFound(`There is no mailbox ${address}.`);
    this.forgetAfter(tx);
  }

  /** Whether mail to this address, with or without a +token, is for us. */
  async isOurs(address: string): Promise<boolean> {
    return (await this.ours()).mailboxOf(address) !== null;
  }

  /** Whether mail to this address is taken: one of ours, or the bounce address of a letter of ours. */
  async takes(address: string): Promise<boolean> {
    return this.bounceAddresses.open(address) !== null || (await this.isOurs(address));
  }

  /** Our addresses, as of a moment ago. */
  async ours(): Promise<OurAddresses> {
    const at = this.now.read().getTime();
    if (this.remembered !== undefined && Math.abs(at - this.remembered.at) < REMEMBERED_MS) return this.remembered.ours;

    const { name, supportAddress } = await this.desk.read();
    const listed = await this.database.query<Mailbox>(SELECT);
    const ours = new OurAddresses(withSupport(listed, { address: supportAddress, name }), this.config.mail.domain);
    this.remembered = { ours, at };
    return ours;
  }

  /** Our addresses as this transaction sees them. Inside of one nothing may wait for another connection. */
  async oursIn(tx: Transaction): Promise<OurAddresses> {
    return new OurAddresses(await this.all(tx), this.config.mail.domain);
  }

  private forgetAfter(tx: Transaction): void {
    tx.afterCommit(() => {
      this.remembered = undefined;
    });
  }
}

const SELECT = 'select address, name from mailbox order by id';

function withSupport(listed: readonly Mailbox[], support: Mailbox): Mailbox[] {
  const first = listed.find(({ address }) => address === support.address) ?? support;
  return [first, ...listed.filter(({ address }) => address !== first.address)];
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
