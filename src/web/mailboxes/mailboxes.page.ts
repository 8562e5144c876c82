import { Injectable } from '@nestjs/common';
import { DkimKeys } from '../../mail/dkim-keys.js';
import { ImapAccounts, type ImapAccountState } from '../../mail/imap-accounts.js';
import { domainOf, Mailboxes, type Mailbox } from '../../mail/mailboxes.js';
import { DeskStore } from '../../desk/desk.store.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';

const DAYS = 7;
const NEWEST = 20;

interface Arrived {
  readonly address: string;
  readonly count: number;
  readonly lastAt: Date;
}

interface MailRow {
  readonly id: string;
  readonly subject: string | null;
  readonly from: string | null;
  readonly receivedAt: Date;
  readonly ticket: number | null;
  readonly outcome: string;
}

/** The addresses that customers write to, and what came in by each. */
@Injectable()
export class MailboxesPage {
  constructor(
    private readonly database: Database,
    private readonly mailboxes: Mailboxes,
    private readonly imapAccounts: ImapAccounts,
    private readonly dkimKeys: DkimKeys,
    private readonly desk: DeskStore,
    private readonly now: Now,
  ) {}

  async list(): Promise<object> {
    const { supportAddress } = await this.desk.read();
    const mailboxes = await this.all();
    const accounts = await this.imapAccounts.states();
    const arrived = await this.database.query<Arrived>(
      `select mailbox as address, count(*)::integer as count, max(received_at) as "lastAt" from inbound_mail
       where received_at > $1 and mailbox is not null group by mailbox`,
      [new Date(this.now.read().getTime() - DAYS * 24 * 3_600_000)],
    );
    return {
      title: 'Mailboxes',
      rows: mailboxes.map(({ address, name }) => ({
        ...{ address, name, href: pathOfMailbox(address), desks: address === supportAddress },
        account: accountMark(accounts.find(({ mailbox }) => mailbox === address)),
        count: arrived.find((one) => one.address === address)?.count ?? 0,
        lastAt: arrived.find((one) => one.address === address)?.lastAt ?? null,
      })),
    };
  }

  async find(address: string): Promise<{ readonly mailbox: Mailbox; readonly desks: boolean } | null> {
    const { supportAddress } = await this.desk.read();
    const mailbox = (await this.all()).find((one) => one.address === address.trim().toLowerCase());
    return mailbox === undefined ? null : { mailbox, desks: mailbox.address === supportAddress };
  }

  /** How the fetching goes, and what came in last. */
  async about(address: string): Promise<object> {
    const state = (await this.imapAccounts.states()).find(({ mailbox }) => mailbox === address);
    const mails = await this.database.query<MailRow>(
      `select m.id, m.subject, coalesce(nullif(m.from_name, ''), m.from_email) as "from", m.received_at as "receivedAt",
         m.ticket_number as ticket, m.outcome
       from inbound_mail m where m.mailbox = $1 order by m.received_at desc, m.number desc limit ${NEWEST}`,
      [address],
    );
    return {
      account: state === undefined ? null : { ...state, mark: accountMark(state) },
      signing: { path: `${pathOfMailbox(address)}/signing`, ...(await this.signing(domainOf(address))) },
      mails: mails.map((mail) => ({
        ...mail,
        title: mail.subject ?? 'A mail that could not be read',
        href: `/admin/mail/${mail.id}`,
        filed: mail.ticket === null ? null : `/tickets/${mail.ticket}`,
      })),
    };
  }

  private async signing(domain: string): Promise<{ known: boolean; text: string }> {
    const key = (await this.dkimKeys.all()).find((one) => one.domain === domain);
    if (key === undefined) return { known: false, text: `Letters from ${domain} are not signed by DKIM.` };
    const text =
      key.verifiedAt === null
        ? `Letters will be, once DNS shows the key.`
        : `Letters from ${domain} are signed by DKIM.`;
    return { known: true, text: key.fault === null ? text : `${text} ${key.fault}` };
  }

  private async all(): Promise<readonly Mailbox[]> {
    return this.database.readOnly((tx) => this.mailboxes.all(tx));
  }
}

export function pathOfMailbox(address: string): string {
  return `/admin/mailboxes/${encodeURIComponent(address)}`;
}

interface AccountMark {
  readonly label: string;
  readonly tone: 'green' | 'red' | 'amber';
  readonly symbol: string;
}

function accountMark(account: ImapAccountState | undefined): AccountMark | null {
  if (account === undefined) return null;
  if (account.state === 'connected') return { label: 'connected', tone: 'green', symbol: 'plug' };
  if (account.state === 'failing') return { label: 'failing', tone: 'red', symbol: 'circle-alert' };
  if (account.state === 'without password') return { label: 'no password', tone: 'red', symbol: 'key-round' };
  return { label: 'not connected yet', tone: 'amber', symbol: 'clock' };
}
