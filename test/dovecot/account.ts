import { ImapFlow } from 'imapflow';
import { ImapAccounts, type ImapAccountState, type ImapEntry } from '../../src/mail/imap-accounts.js';
import { Mailboxes } from '../../src/mail/mailboxes.js';
import type { PostOffice } from '../contexts/mail/post-office.js';

const WAIT_MS = 25_000;

/** The Dovecot that the global set-up has started. */
export const dovecot = JSON.parse(process.env['TEST_DOVECOT'] ?? '{}') as {
  readonly imap: number;
  readonly imaps: number;
  readonly tokens: number;
  readonly folder: string;
  readonly config: string;
};

/** An account of that Dovecot, as somebody's mail program sees it. */
export class MailProgram {
  private constructor(readonly client: ImapFlow) {}

  static async open(user: string, folder = 'INBOX'): Promise<MailProgram> {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port: dovecot.imap, secure: false, doSTARTTLS: false, logger: false },
      auth: { user, pass: 'secret' },
      disableAutoIdle: true,
    });
    await client.connect();
    await client.mailboxOpen(folder);
    return new MailProgram(client);
  }

  async append(raw: Buffer, { flags = [], at }: { flags?: string[]; at?: Date } = {}): Promise<number> {
    const appended = await this.client.append('INBOX', raw, flags, at);
    if (appended === false || appended.uid === undefined) throw new Error('Dovecot did not take a mail.');
    return appended.uid;
  }

  /** Flags of each message there, by uid. */
  async messages(): Promise<Map<number, Set<string>>> {
    await this.client.noop();
    const all = await this.client.fetchAll('1:*', { uid: true, flags: true }).catch(() => []);
    return new Map(all.map(({ uid, flags }) => [uid, flags ?? new Set<string>()]));
  }

  async close(): Promise<void> {
    await this.client.logout();
  }
}

/** The account of a user of that Dovecot. */
export function accountOf(user: string, more: Partial<ImapEntry> = {}): ImapEntry {
  return { host: '127.0.0.1', port: dovecot.imap, security: 'none', user, password: 'secret', ...more };
}

export async function fetches(office: PostOffice, imap: ImapEntry | null): Promise<void> {
  await office.transaction((tx) => office.get(Mailboxes).save(tx, { address: 'support@desk.test', imap }, 'test'));
}

export async function stateOf(office: PostOffice): Promise<ImapAccountState | undefined> {
  return (await office.get(ImapAccounts).states())[0];
}

/** Waits for something outside of us to happen. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((again) => setTimeout(again, 40));
  }
}
