import { Injectable } from '@nestjs/common';
import { BlobStore } from '../../platform/blobs/blob-store.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { Log } from '../../platform/log/logger.js';
import { JobQueue } from '../../platform/queue/job-queue.js';
import type { Job } from '../../platform/queue/job.js';
import { Now } from '../../platform/time/now.js';
import { DkimKeys } from '../dkim-keys.js';
import { domainOf } from '../mailboxes.js';
import { LetterGivenUp, LetterHandedOver } from '../mail-events.js';
import { compose, type ComposedFile } from './compose.js';
import { DELIVER_MAIL } from './deliver-mail.js';
import type { OutgoingMailRow } from './outgoing-mail.entity.js';
import { Pace } from './pace.js';
import { nextTry } from './retry-schedule.js';
import { RelayError, SmtpRelay } from './smtp.js';

/** Longer than a slow relay takes for a large letter; a process that died in between lets go after it. */
const LEASE_SECONDS = 300;
/** Letters that call for help are small, and wait for no dead process so long: rather one that comes twice, under the same Message-ID. */
const URGENT_LEASE_SECONDS = 30;
const BATCH = 20;

const COLUMNS = `id, number, state, captured, message_id as "messageId", sender, recipients, cc, copy_for as "copyFor", reply_to as "replyTo", subject, text, html, headers,
  attachments, envelope_from as "envelopeFrom", created_at as "createdAt", next_try_at as "nextTryAt", urgent, paced, attempts, leased_until as "leasedUntil",
  last_error as "lastError", sent_at as "sentAt", bounced_at as "bouncedAt"`;

/**
 * Sends queued letters. A letter may go out twice if a process dies between the relay's "yes" and ours; it then has the same
 * Message-ID, and mail programs show it once.
 */
@Injectable()
export class DeliverMailJob implements Job {
  readonly name = DELIVER_MAIL;
  readonly concurrency = 4;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly relay: SmtpRelay,
    private readonly pace: Pace,
    private readonly dkimKeys: DkimKeys,
    private readonly events: EventBus,
    private readonly now: Now,
    jobs: JobQueue,
    log: Log,
  ) {
    this.log = log.child({ job: this.name });
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    for (const letter of await this.claim('and id = $4', [id])) await this.deliver(letter);
  }

  async sweep(): Promise<number> {
    let handled = 0;
    for (;;) {
      const batch = await this.claim(`order by urgent desc, next_try_at limit ${BATCH}`, []);
      if (batch.length === 0) return handled;
      for (let at = 0; at < batch.length; at += this.concurrency) {
        await Promise.all(batch.slice(at, at + this.concurrency).map((letter) => this.deliver(letter)));
      }
      handled += batch.length;
    }
  }

  private async claim(which: string, parameters: readonly unknown[]): Promise<OutgoingMailRow[]> {
    const now = this.now.read();
    const inSeconds = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
    return this.database.query<OutgoingMailRow>(
      `update outgoing_mail set leased_until = case when urgent then $2::timestamptz else $3 end, attempts = attempts + 1
       where id in (
         select id from outgoing_mail
         where state = 'queued' and next_try_at <= $1 and (leased_until is null or leased_until <= $1) ${which}
         for update skip locked)
       returning ${COLUMNS}`,
      [now, inSeconds(URGENT_LEASE_SECONDS), inSeconds(LEASE_SECONDS), ...parameters],
    );
  }

  private async deliver(letter: OutgoingMailRow): Promise<void> {
    if (!this.relay.isThere) {
      await this.sent(letter, { captured: true, rejected: [] });
      return;
    }
    const turn = await this.pace.turnOf(letter);
    if (turn !== null) {
      await this.wait(letter, turn);
      return;
    }
    let rejected: string[];
    try {
      const signer = await this.dkimKeys.signerOf(domainOf(letter.sender.email));
      const composed = compose(letter, await this.filesOf(letter));
      ({ rejected } = await this.relay.send(signer === null ? composed : { ...composed, dkim: signer }));
    } catch (error) {
      await this.notSent(letter, error);
      return;
    }
    await this.sent(letter, { captured: false, rejected });
  }

  /** It comes back at its turn; this was no try. It has waited for the relay: from now on it waits for its turn, which nothing else brings forward. */
  private async wait({ id }: OutgoingMailRow, turn: Date): Promise<void> {
    await this.database.query(
      `update outgoing_mail set paced = true, waits_for_relay = false, next_try_at = $2, leased_until = null, attempts = attempts - 1
       where id = $1 and state = 'queued'`,
      [id, turn],
    );
  }

  private async filesOf({ attachments }: OutgoingMailRow): Promise<ComposedFile[]> {
    return Promise.all(
      attachments.map(async ({ sha256, ...file }) => {
        const content = await this.blobs.read(sha256);
        if (content === null) throw new Error(`The file ${file.filename} (${sha256}) is not in the blob store.`);
        return { ...file, content };
      }),
    );
  }

  private async sent(
    { id }: OutgoingMailRow,
    { captured, rejected }: { captured: boolean; rejected: readonly string[] },
  ): Promise<void> {
    const refused = rejected.length === 0 ? null : `The relay refused ${rejected.join(', ')}.`;
    const at = this.now.read();
    const mark = (tx: Transaction): Promise<unknown[]> =>
      tx.query(
        `update outgoing_mail set state = 'sent', captured = $2, sent_at = $3, last_error = $4, next_try_at = null, leased_until = null
         where id = $1 and state = 'queued' returning id`,
        [id, captured, at, refused],
      );
    try {
      await this.database.transaction(async (tx) => {
        const [mine] = await mark(tx);
        if (mine !== undefined) await this.events.publish(tx, [new LetterHandedOver(id, at, captured)]);
      });
      await this.relayIsBack(at);
    } catch (error) {
      // It has left: whoever cannot hear of it must not make us send it again and again.
      this.log.error({ mail: id, err: error }, 'A letter was sent, but the house could not take note of it.');
      await this.database.transaction(mark);
    }
  }

  /** A letter was taken: those that only waited for the relay have their turn now, at the pace of their mailboxes. */
  private async relayIsBack(at: Date): Promise<void> {
    await this.database.query(
      `update outgoing_mail set next_try_at = $1, waits_for_relay = false
       where id in (
         select id from outgoing_mail
         where state = 'queued' and waits_for_relay and (leased_until is null or leased_until <= $1)
         for update skip locked)`,
      [at],
    );
  }

  /** Unless another has tried it meanwhile: then that one knows better. */
  private async notSent({ id, attempts, createdAt, urgent }: OutgoingMailRow, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    const permanent = error instanceof RelayError && error.permanent;
    const relayAway = error instanceof RelayError && error.relayAway;
    const now = this.now.read();
    const next = permanent ? null : nextTry({ attempts, createdAt, now, chance: Math.random(), urgent, relayAway });
    this.log.warn(
      { mail: id, attempts, err: error, nextTryAt: next },
      next === null ? 'A letter could not be sent and is given up.' : 'A letter could not be sent yet.',
    );
    await this.database.transaction(async (tx) => {
      const [mine] = await tx.query(
        `update outgoing_mail set state = $2, next_try_at = $3, last_error = $4, leased_until = null, paced = false, waits_for_relay = $6
         where id = $1 and state = 'queued' and attempts = $5 returning id`,
        [id, next === null ? 'failed' : 'queued', next, message, attempts, relayAway],
      );
      if (mine !== undefined && next === null)
        await this.events.publish(tx, [new LetterGivenUp(id, this.now.read(), message)]);
    });
  }
}
