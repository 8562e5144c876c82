import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import { Problem } from '../platform/problems/problem.js';
import type { Sweeper } from '../platform/queue/recurring.js';
import { Vault } from '../platform/secrets/vault.js';
import { Now } from '../platform/time/now.js';
import { Dns, saysNothing } from './dns.js';
import { domainOf, Mailboxes } from './mailboxes.js';

/** The key that signs a domain's letters, as an admin sees it. */
export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** The TXT record that the domain's DNS must have. */
  readonly record: { readonly name: string; readonly value: string };
  readonly createdAt: Date;
  readonly checkedAt: Date | null;
  /** Letters are signed since then; null: DNS does not show the key, so they are not. */
  readonly verifiedAt: Date | null;
  /** What is wrong with the record, as of the last look. */
  readonly fault: string | null;
}

/** What the mail library signs by. */
export interface DkimSigner {
  readonly domainName: string;
  readonly keySelector: string;
  readonly privateKey: string;
  readonly headerFieldNames: string;
}

/** What RFC 6376 §5.4.1 advises, and both fields of a one-click unsubscription, as RFC 8058 §4 demands. */
const SIGNED_FIELDS = [
  ...['From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'To', 'Cc', 'MIME-Version', 'Content-Type'],
  ...['Content-Transfer-Encoding', 'In-Reply-To', 'References', 'Auto-Submitted'],
  ...['List-Unsubscribe', 'List-Unsubscribe-Post'],
].join(':');

interface DkimKeySql {
  readonly domain: string;
  readonly selector: string;
  readonly publicKey: string;
  readonly createdAt: Date;
  readonly checkedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly fault: string | null;
}

const PURPOSE = 'dkim key';
const KEY_BITS = 2048;
/** DNS may have changed; a key that is gone from it must not sign. */
const LOOK_AGAIN_HOURS = 24;
/** One that has not been seen yet is looked for more often. */
const LOOK_SOON_HOURS = 1;
const REMEMBERED_MS = 30_000;
const COLUMNS = `domain, selector, public_key as "publicKey", created_at as "createdAt", checked_at as "checkedAt",
  verified_at as "verifiedAt", fault`;
const makeKeyPair = promisify(generateKeyPair);

/** Signs what leaves (DKIM, RFC 6376): makes a key for each domain that is asked for, and uses it as soon as the domain's DNS shows it. */
@Injectable()
export class DkimKeys implements Sweeper {
  private readonly signers = new Map<string, { readonly signer: DkimSigner | null; readonly at: number }>();
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly mailboxes: Mailboxes,
    private readonly dns: Dns,
    private readonly vault: Vault,
    private readonly now: Now,
    log: Log,
  ) {
    this.log = log.child({ part: 'dkim-keys' });
  }

  /** By domain. */
  async all(asked: Pick<Transaction, 'query'> = this.database): Promise<DkimKey[]> {
    return (await asked.query<DkimKeySql>(`select ${COLUMNS} from dkim_key order by domain`)).map(toKey);
  }

  /** A new key for the domain of one of our mailboxes, in the place of the one it had. It signs once DNS shows it. */
  async make(tx: Transaction, domain: string): Promise<DkimKey> {
    const wanted = domain.trim().toLowerCase();
    const ours = await this.mailboxes.oursIn(tx);
    if (!ours.addresses.some((address) => domainOf(address) === wanted))
      throw Problem.notFound(`No mailbox of the desk is at ${domain}.`);

    const { publicKey, privateKey } = await makeKeyPair('rsa', { modulusLength: KEY_BITS });
    const [row] = await tx.query<DkimKeySql>(
      `insert into dkim_key (domain, selector, public_key, sealed_private_key, created_at) values ($1, $2, $3, $4, $5)
       on conflict on constraint dkim_key_pk do update set selector = excluded.selector, public_key = excluded.public_key,
         sealed_private_key = excluded.sealed_private_key, created_at = excluded.created_at, checked_at = null, verified_at = null, fault = null
       returning ${COLUMNS}`,
      [
        wanted,
        // Another name each time, so that an older record may stay until the last letter that it signed has arrived.
        `punctual${randomBytes(3).toString('hex')}`,
        publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        this.vault.seal(PURPOSE, wanted, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
        this.now.read(),
      ],
    );
    if (row === undefined) throw new Error('PostgreSQL took a key without giving it back.');
    this.forgetAfter(tx, wanted);
    return toKey(row);
  }

  /** Letters of the domain are not signed any more. */
  async remove(tx: Transaction, domain: string): Promise<void> {
    const removed = await tx.query('delete from dkim_key where domain = $1 returning domain', [domain.toLowerCase()]);
    if (removed.length === 0) throw Problem.notFound(`There is no key for ${domain}.`);
    this.forgetAfter(tx, domain.toLowerCase());
  }

  /** Looks whether DNS shows the key, and says what is wrong if it does not. */
  async check(domain: string): Promise<DkimKey> {
    const [row] = await this.database.query<DkimKeySql>(`select ${COLUMNS} from dkim_key where domain = $1`, [
      domain.toLowerCase(),
    ]);
    if (row === undefined) throw Problem.notFound(`There is no key for ${domain}.`);
    const { fault, isSure } = await this.faultOf(toKey(row), row.publicKey);
    const [checked] = await this.database.query<DkimKeySql>(
      `update dkim_key set checked_at = $3, fault = $4,
         verified_at = case when $4::text is null then coalesce(verified_at, $3) when $5 then null else verified_at end
       where domain = $1 and selector = $2 returning ${COLUMNS}`,
      [row.domain, row.selector, this.now.read(), fault, isSure],
    );
    this.signers.delete(row.domain);
    return toKey(checked ?? row);
  }

  /** Looks after keys that have not been looked at for long; answers how many. */
  async sweep(): Promise<number> {
    const ago = (hours: number): Date => new Date(this.now.read().getTime() - hours * 3_600_000);
    const due = await this.database.query<{ domain: string }>(
      `select domain from dkim_key where coalesce(checked_at, created_at) < case when verified_at is null then $1 else $2 end::timestamptz`,
      [ago(LOOK_SOON_HOURS), ago(LOOK_AGAIN_HOURS)],
    );
    for (const { domain } of due) await this.check(domain);
    return due.length;
  }

  /** By what letters of this domain are signed; null if they are not. */
  async signerOf(domain: string): Promise<DkimSigner | null> {
    const known = this.signers.get(domain);
    const at = performance.now();
    if (known !== undefined && at - known.at < REMEMBERED_MS) return known.signer;

    const signer = await this.findSigner(domain);
    this.signers.set(domain, { signer, at });
    return signer;
  }

  private async findSigner(domain: string): Promise<DkimSigner | null> {
    const [row] = await this.database.query<{ selector: string; sealed: string }>(
      `select selector, sealed_private_key as sealed from dkim_key where domain = $1 and verified_at is not null`,
      [domain],
    );
    if (row === undefined) return null;
    const privateKey = this.vault.open(PURPOSE, domain, row.sealed);
    if (privateKey === null) {
      this.log.error(
        { domain },
        'The DKIM key was sealed by another SECRET_KEY: letters leave unsigned. Make a new key.',
      );
      return null;
    }
    return { domainName: domain, keySelector: row.selector, privateKey, headerFieldNames: SIGNED_FIELDS };
  }

  private async faultOf({ record }: DkimKey, publicKey: string): Promise<{ fault: string | null; isSure: boolean }> {
    let answers: unknown[];
    try {
      answers = await this.dns.ask(record.name, 'TXT');
    } catch (error) {
      return saysNothing(error)
        ? { fault: `DNS has no TXT record at ${record.name} yet.`, isSure: true }
        : { fault: `DNS does not answer for ${record.name} (${(error as Error).message}).`, isSure: false };
    }
    const records = answers.map((answer) => [answer].flat().join('').replace(/\s+/g, ''));
    if (records.some((text) => text.split(';').includes(`p=${publicKey}`)))
      return records.length === 1
        ? { fault: null, isSure: true }
        : { fault: `There are ${records.length} TXT records at ${record.name}; there must be one.`, isSure: true };
    return { fault: `The TXT record at ${record.name} has another key.`, isSure: true };
  }

  private forgetAfter(tx: Transaction, domain: string): void {
    tx.afterCommit(() => this.signers.delete(domain));
  }
}

function toKey({ publicKey, ...row }: DkimKeySql): DkimKey {
  return {
    ...row,
    record: { name: `${row.selector}._domainkey.${row.domain}`, value: `v=DKIM1; k=rsa; p=${publicKey}` },
  };
}
