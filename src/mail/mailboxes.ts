import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { ImapAccounts, shownAccount, type ImapAccount, type ImapEntry } from './imap-accounts.js';
import { readEmail } from './inbound/reading/addresses.js';
import { BounceAddresses } from './outbound/bounce-addresses.js';

/** One of the addresses that customers write to. What is absent is as it is by itself. */
export interface Mailbox {
  readonly address: string;
  readonly name: string;
  /** The account that its mail is fetched from. */
  readonly imap?: ImapEntry;
  /** Absent: SPF, DKIM and DMARC are looked at. */
  readonly verifySenders?: false;
  /** Whose Authentication-Results are believed in mail that reaches us through others. */
  readonly trustedAuthservId?: string;
  /** Letters that may leave it in a minute; absent: 600. */
  readonly sendPerMinute?: number;
  /** Absent: each letter has a return path of its own, so that what comes back says which one it was. */
  readonly ownReturnPath?: false;
}

/** A mailbox to be saved: what is absent stays, null takes it away. */
export interface MailboxToSave {
  readonly address: string;
  readonly name?: string;
  readonly imap?: ImapEntry | null;
  readonly verifySenders?: boolean;
  readonly trustedAuthservId?: string | null;
  readonly sendPerMinute?: number | null;
  readonly ownReturnPath?: boolean;
}

export const SEND_PER_MINUTE = 600;

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

  /** One of our mailboxes by its address. */
  named(address: string | null): Mailbox | undefined {
    return this.mailboxes.find((mailbox) => mailbox.address === address);
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
    private readonly imapAccounts: ImapAccounts,
    private readonly now: Now,
  ) {}

  async all(tx: Transaction): Promise<Mailbox[]> {
    const { name, supportAddress } = await this.desk.readIn(tx);
    return withSupport((await tx.query<MailboxSql>(SELECT)).map(toMailbox), { address: supportAddress, name });
  }

  async save(tx: Transaction, mailbox: MailboxToSave, by: string | null): Promise<void> {
    const address = readEmail(mailbox.address);
    if (address === null || /\+/.test(address) || /^bounces@/.test(address)) {
      throw Problem.invalid('A mailbox needs an e-mail address without a + in it.', [
        { field: 'address', detail: `"${mailbox.address}" cannot be a mailbox.` },
      ]);
    }
    const { name, imap, verifySenders, trustedAuthservId, sendPerMinute, ownReturnPath } = mailbox;
    const faults = faultsOf(mailbox);
    if (faults.length > 0)
      throw Problem.invalid(faults.map(({ field, detail }) => `${field} ${detail}.`).join(' '), faults);

    const [row] = await tx.query<{ id: number }>(
      `insert into mailbox (address, name, verify_senders, trusted_authserv_id, send_per_minute, own_return_path, changed_by, changed_at)
       values ($1, coalesce($2, ''), coalesce($3, true), $4, coalesce($6, ${SEND_PER_MINUTE}), coalesce($10, true), $8, $9)
       on conflict (address) do update set name = coalesce($2, mailbox.name), verify_senders = coalesce($3, mailbox.verify_senders),
         trusted_authserv_id = case when $5 then $4 else mailbox.trusted_authserv_id end,
         send_per_minute = case when $7 then coalesce($6, ${SEND_PER_MINUTE}) else mailbox.send_per_minute end,
         own_return_path = coalesce($10, mailbox.own_return_path), changed_by = $8, changed_at = $9
       returning id`,
      [
        ...[address, name ?? null, verifySenders ?? null],
        ...[trustedAuthservId?.trim().toLowerCase() ?? null, trustedAuthservId !== undefined],
        ...[sendPerMinute ?? null, sendPerMinute !== undefined],
        ...[by, this.now.read(), ownReturnPath ?? null],
      ],
    );
    if (row === undefined) throw new Error('PostgreSQL took a mailbox without giving it an id.');
    if (imap !== undefined) await this.imapAccounts.save(tx, { id: row.id, address }, imap);
    this.forgetAfter(tx);
  }

  /** Stops taking mail for an address; the desk's support address always stays. */
  async remove(tx: Transaction, address: string): Promise<void> {
    const removed = await tx.query('delete from mailbox where address = $1 returning id', [address.toLowerCase()]);
    if (removed.length === 0) throw Problem.notFound(`There is no mailbox ${address}.`);
    this.forgetAfter(tx);
  }

  /** An e-mail address as people type it, in lower case; null if it is none. */
  addressIn(text: string): string | null {
    return readEmail(text);
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
    const listed = (await this.database.query<MailboxSql>(SELECT)).map(toMailbox);
    const ours = new OurAddresses(withSupport(listed, { address: supportAddress, name }), this.config.mail.domain);
    this.remembered = { ours, at };
    return ours;
  }

  /** Our addresses as this transaction sees them. Inside of one nothing may wait for another connection. */
  async oursIn(tx: Transaction): Promise<OurAddresses> {
    return tx.setting('our addresses', async () => new OurAddresses(await this.all(tx), this.config.mail.domain));
  }

  private forgetAfter(tx: Transaction): void {
    tx.afterCommit(() => {
      this.remembered = undefined;
    });
  }
}

interface MailboxSql {
  readonly address: string;
  readonly name: string;
  readonly verifySenders: boolean;
  readonly trustedAuthservId: string | null;
  readonly sendPerMinute: number;
  readonly ownReturnPath: boolean;
  readonly imap: Omit<ImapAccount, 'mailboxId' | 'mailbox' | 'sealedSecret' | 'changedAt'> | null;
}

const SELECT = `select address, name, verify_senders as "verifySenders", trusted_authserv_id as "trustedAuthservId",
    send_per_minute as "sendPerMinute", own_return_path as "ownReturnPath",
    case when account.mailbox_id is not null then jsonb_build_object('host', host, 'port', port, 'security', security, 'user', username,
      'oauth', oauth, 'folder', folder, 'afterwards', afterwards, 'moveTo', move_to, 'allowPrivate', allow_private) end as imap
  from mailbox left join imap_account account on account.mailbox_id = mailbox.id order by mailbox.id`;

function toMailbox({
  address,
  name,
  verifySenders,
  trustedAuthservId,
  sendPerMinute,
  ownReturnPath,
  imap,
}: MailboxSql): Mailbox {
  return {
    ...{ address, name },
    ...(imap !== null && { imap: shownAccount(imap) }),
    ...(!verifySenders && { verifySenders }),
    ...(trustedAuthservId !== null && { trustedAuthservId }),
    ...(sendPerMinute !== SEND_PER_MINUTE && { sendPerMinute }),
    ...(!ownReturnPath && { ownReturnPath }),
  };
}

function faultsOf({ trustedAuthservId, sendPerMinute }: MailboxToSave): { field: string; detail: string }[] {
  const isRate =
    sendPerMinute === undefined ||
    sendPerMinute === null ||
    (Number.isInteger(sendPerMinute) && sendPerMinute >= 1 && sendPerMinute <= 100_000);
  const isServer =
    trustedAuthservId === undefined || trustedAuthservId === null || /^[\w.:-]{1,253}$/.test(trustedAuthservId.trim());
  return [
    ...(isRate ? [] : [{ field: 'sendPerMinute', detail: 'must be a number of letters from 1 to 100000' }]),
    ...(isServer
      ? []
      : [{ field: 'trustedAuthservId', detail: 'must be the name of a mail server, such as mx.google.com' }]),
  ];
}

function withSupport(listed: readonly Mailbox[], support: Mailbox): Mailbox[] {
  const first = listed.find(({ address }) => address === support.address) ?? support;
  return [first, ...listed.filter(({ address }) => address !== first.address)];
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
