import { Injectable } from '@nestjs/common';
import { DeskStore } from '../desk/desk.store.js';
import { Database } from '../platform/database/database.js';
import { Gate } from '../platform/database/gate.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Log } from '../platform/log/logger.js';
import type { Job } from '../platform/queue/job.js';
import { RequestError } from '../platform/outgoing/guarded-request.js';
import { JobQueue } from '../platform/queue/job-queue.js';
import { Precedence } from '../platform/queue/precedence.js';
import { Now } from '../platform/time/now.js';
import { AcknowledgementLinks } from './acknowledgement-links.js';
import type { MethodKind, StoredMethod } from './methods.js';
import { Briefings, type Briefing } from './notifying/briefings.js';
import { Bundles, type Claimed, type Way } from './notifying/bundles.js';
import { ChannelError, TAKEN, type DirectChannel, type Handed, type Order } from './notifying/channel.js';
import { EmailChannel } from './notifying/email.channel.js';
import { Fates, keepOpen } from './notifying/fates.js';
import { MattermostChannel } from './notifying/mattermost.channel.js';
import { NtfyChannel } from './notifying/ntfy.channel.js';
import { PushoverChannel } from './notifying/pushover.channel.js';
import { SlackChannel } from './notifying/slack.channel.js';
import { SmsChannel } from './notifying/sms.channel.js';
import { TeamsChannel } from './notifying/teams.channel.js';
import { VoiceChannel } from './notifying/voice.channel.js';
import { WebhookChannel } from './notifying/webhook.channel.js';
import { destinationsOf, Responders, type Responder } from './responders.js';
import { MethodVerification } from './verification.js';

const BATCH = 50;
/** Sent with the one that rang. */
const AT_A_RING = 5;
/** Ways to one responder that are served at a time. */
const WAYS_AT_A_TIME = 10;
/** So long a breach that comes to light goes before what is told of another. */
const STAND_BACK_MS = 3_000;
/** Notifications that ask the database at a time, however many are on their way: others have to ask, too. */
const ASKING = 4;
/** A method that has not been handed over for so long is joined by the responder's next one. */
const PATIENCE_MS = 10_000;
/** Listed in one message; the page behind its link has them all. */
const MOST_LISTED = 25;

/** What goes out together: by one way to one responder; usually one, in a storm many. The first gives the key. */
type Batch = readonly [Claimed, ...Claimed[]];

interface Subjects {
  readonly briefings: ReadonlyMap<string, Briefing>;
  readonly responders: ReadonlyMap<string, Responder>;
}

/**
 * Sends what is due, under a lease; the hand-over is noted after it has happened. A worker that dies in between leaves a
 * lease that runs out, so that a notification is sent at least once, always under its own key.
 */
@Injectable()
export class SendNotification implements Job {
  readonly name = 'send-notification';
  readonly concurrency = 20;
  private readonly asking = new Gate(ASKING);
  private readonly channels: Readonly<Record<Exclude<MethodKind, 'email'>, DirectChannel<never>>>;

  constructor(
    private readonly database: Database,
    private readonly desk: DeskStore,
    private readonly bundles: Bundles,
    private readonly briefings: Briefings,
    private readonly responders: Responders,
    private readonly links: AcknowledgementLinks,
    private readonly verification: MethodVerification,
    private readonly fates: Fates,
    private readonly precedence: Precedence,
    private readonly now: Now,
    private readonly log: Log,
    private readonly email: EmailChannel,
    webhook: WebhookChannel,
    sms: SmsChannel,
    voice: VoiceChannel,
    slack: SlackChannel,
    teams: TeamsChannel,
    mattermost: MattermostChannel,
    ntfy: NtfyChannel,
    pushover: PushoverChannel,
    jobs: JobQueue,
  ) {
    this.channels = { webhook, sms, voice, slack, teams, mattermost, ntfy, pushover };
    jobs.register(this);
  }

  async run(id: string): Promise<void> {
    const way = await this.ask(() => this.bundles.wayOf(id), { first: true });
    if (way !== null) {
      // What has to wait for the end of a window is given its time by the sweep: in a storm that is a great deal of writing.
      if (!(await this.ask(() => this.bundles.isHeld(way), { first: true }))) await this.sendBy(way);
      return;
    }
    // The one that rang, and then what waits with it: in a storm not everyone rings.
    let claimed = await this.ask(() => this.bundles.claim(1, id));
    while (claimed.length > 0) {
      await this.sendEach(claimed);
      claimed = await this.ask(() => this.bundles.claim(AT_A_RING));
    }
  }

  async sweep(): Promise<number> {
    let handled = await this.bringNextMethods();
    handled += await this.database.transaction((tx) => this.fates.missReceipts(tx));
    for (;;) {
      await this.precedence.standBack(STAND_BACK_MS);
      const ways = await this.ask(() => this.bundles.waysDue(WAYS_AT_A_TIME), { first: true });
      const sent = await Promise.all(ways.map((way) => this.sendBy(way)));
      const claimed = await this.ask(() => this.bundles.claim(BATCH));
      await this.sendEach(claimed);
      handled += claimed.length + sent.reduce((sum, count) => sum + count, 0);
      if (claimed.length < BATCH && ways.length < WAYS_AT_A_TIME) return handled;
    }
  }

  /**
   * The database, in our turn: what one breach is told of can wait a moment until the next breach is known. Messages that hold many calls
   * wait for nothing: there are few of them, and they say it all.
   */
  private async ask<T>(work: () => Promise<T>, { first = false } = {}): Promise<T> {
    if (!first) await this.precedence.standBack(STAND_BACK_MS);
    return this.asking.pass(work, { first });
  }

  private async sendEach(claimed: readonly Claimed[]): Promise<void> {
    if (claimed.length === 0) return;
    const subjects = await this.ask(() => this.subjectsOf(claimed));
    await Promise.all(claimed.map((one) => this.deliver([one], subjects)));
  }

  /** Everything that may go out by this way now, in one message. */
  private async sendBy(way: Way): Promise<number> {
    const [first, ...others] = await this.ask(() => this.bundles.claimBy(way), { first: true });
    if (first === undefined) return 0;
    await this.deliver([first, ...others], await this.ask(() => this.subjectsOf([first]), { first: true }));
    return others.length + 1;
  }

  /** What claimed notifications are about, and whose they are: asked once for all of them. */
  private async subjectsOf(claimed: readonly Claimed[]): Promise<Subjects> {
    const ids = new Set(claimed.flatMap(({ responderId }) => responderId ?? []));
    return {
      briefings: await this.briefings.of([...new Set(claimed.flatMap(({ incidentId }) => incidentId ?? []))]),
      responders: new Map(
        (await this.responders.list(this.database)).filter(({ id }) => ids.has(id)).map((one) => [one.id, one]),
      ),
    };
  }

  private async deliver(batch: Batch, subjects: Subjects): Promise<void> {
    try {
      if (batch[0].method === 'email' && batch[0].kind !== 'synthetic')
        await this.ask(() => this.posted(batch, subjects), { first: true });
      else await this.handOver(batch, subjects);
    } catch (error) {
      const known = error instanceof RequestError;
      // What is not the channel's is ours to mend; the notification is tried again all the same.
      if (!known) this.log.error({ err: error, notification: batch[0].id }, 'A notification could not be sent.');
      const failure = known ? error : new ChannelError('The desk itself failed while sending.');
      await this.ask(() => this.database.transaction((tx) => this.fates.failed(tx, batch, failure)));
    }
  }

  /** By our own post: the letter is written in the transaction that looks at the incident, so exactly once. */
  private async posted(batch: Batch, subjects: Subjects): Promise<void> {
    const order = await this.orderOf(batch, subjects);
    await this.database.transaction(async (tx) => {
      await keepOpen(tx, batch);
      // Whose lease is over may be claimed by another at any moment: not between this look and the letter.
      await tx.query(`select id from notification where id = any($1) order by number for no key update`, [
        batch.map(({ id }) => id),
      ]);
      const wanted = await this.wantedOf(tx, batch);
      await this.fates.withdrawn(
        tx,
        batch.filter(({ id }) => !wanted.has(id)),
      );
      if (wanted.size === 0) return;

      const letter = await this.email.post(tx, order);
      await tx.query(
        `update notification set outgoing_mail_id = $2, next_try_at = null, leased_until = null where id = any($1) and state = 'queued'`,
        [[...wanted], letter],
      );
    });
  }

  private async handOver(batch: Batch, subjects: Subjects): Promise<void> {
    const { send, wanted } = await this.ask(async () => {
      const send = await this.prepared(batch, subjects);
      // The last look before the send: whoever acknowledged meanwhile is not disturbed.
      const wanted = await this.wantedOf(this.database, batch);
      const unwanted = batch.filter(({ id }) => !wanted.has(id));
      if (unwanted.length > 0) await this.database.transaction((tx) => this.fates.withdrawn(tx, unwanted));
      return { send, wanted };
    });
    if (wanted.size === 0) return;

    const handed = await send();
    const taken = batch.filter(({ id }) => wanted.has(id));
    await this.ask(() => this.database.transaction((tx) => this.fates.handedOver(tx, taken, handed)));
  }

  private async prepared(batch: Batch, subjects: Subjects): Promise<() => Promise<Handed>> {
    const [carrier] = batch;
    // It has come the whole way that others go; there is nobody at its end.
    if (carrier.kind === 'synthetic') return () => Promise.resolve(TAKEN);

    const order = await this.orderOf(batch, subjects);
    const method = methodOf(carrier, subjects);
    const channel = this.channels[carrier.method as Exclude<MethodKind, 'email'>];
    return channel.prepare(order, method as never, carrier.responderName);
  }

  private async orderOf(batch: Batch, subjects: Subjects): Promise<Order> {
    const [carrier] = batch;
    const { id: key, number, kind, address, responderName: responder, responderId, incidentId, method } = carrier;
    const briefing = incidentId === null ? null : briefingOf(incidentId, subjects);
    const calls = kind === 'alert' || kind === 'offered';
    const asks = calls && incidentId !== null && responderId !== null ? { incidentId, responderId } : null;
    const { incidents, more } =
      batch.length > 1 ? await this.briefings.openFor(responder, MOST_LISTED) : { incidents: [], more: 0 };
    const desk = await this.desk.read();
    return {
      ...{ key, kind, address, responder, briefing, more, deskName: desk.name, timezone: desk.timezone },
      bundle: incidents,
      repetition: carrier.repetition,
      acknowledgeUrl: asks === null ? null : this.links.make(asks.incidentId, asks.responderId),
      shortUrl: asks === null ? null : this.links.makeShort(number),
      code: asks === null || kind !== 'alert' ? null : this.links.codeFor(asks.incidentId, asks.responderId),
      replyToken: asks === null || kind !== 'alert' ? null : this.links.replyToken(number),
      verification:
        kind === 'verification'
          ? await this.verification.proofFor(this.database, responderId ?? '', method, address)
          : null,
    };
  }

  /** Those that are still ours to send; of alerts, those whose incident still waits for somebody, and of offers those that stand. */
  private async wantedOf(asked: Pick<Transaction, 'query'>, batch: Batch): Promise<Set<string>> {
    const rows = await asked.query<{ id: string }>(
      `select notification.id from notification
         join jsonb_to_recordset($1::jsonb) as sent (id uuid, attempts integer) on sent.id = notification.id
         left join incident on incident.id = notification.incident_id
       where notification.attempts = sent.attempts and notification.state = 'queued' and notification.outgoing_mail_id is null
         and (kind <> 'alert' or incident.state = 'open') and (kind <> 'offered' or incident.offered_to = notification.responder_id)`,
      [JSON.stringify(batch)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Where a method stalls, the responder's next one is sent beside it; also for a call that waits for company behind one that stalls: nobody
   * has heard of the storm yet that it is a part of.
   */
  private async bringNextMethods(): Promise<number> {
    const now = this.now.read();
    const brought = await this.database.query(
      `with later as materialized (
         select id, incident_id, responder_name, step, round, position from notification
         where position > 0 and kind = 'alert' and attempts = 0 and next_try_at > $1),
       earlier as materialized (
         select later.id as later, one.responder_name, one.method, one.address, one.state, one.attempts, one.first_tried_at
         from later join notification one using (incident_id, responder_name, step, round)
         where one.kind = 'alert' and one.position < later.position),
       stalled as materialized (
         select way.* from (select distinct responder_name, method, address from earlier where attempts = 0) as way,
           lateral (
             select first_tried_at, bool_or(state = 'handedOver') as heard from notification call
             where call.kind = 'alert' and call.responder_name = way.responder_name and call.method = way.method
               and call.address = way.address and call.first_tried_at is not null
             group by first_tried_at order by first_tried_at desc limit 1) as last_call
         where last_call.first_tried_at <= $2 and not last_call.heard),
       wanted as (
         select distinct on (later.incident_id, later.responder_name, later.step, later.round) later.id from later
         where (
           select bool_and(earlier.state <> 'handedOver' and (earlier.first_tried_at <= $2 or (earlier.attempts = 0
               and (earlier.responder_name, earlier.method, earlier.address) in (select responder_name, method, address from stalled))))
           from earlier where earlier.later = later.id)
         order by later.incident_id, later.responder_name, later.step, later.round, later.position)
       update notification set next_try_at = $1 from wanted where notification.id = wanted.id and attempts = 0 and next_try_at > $1
       returning notification.id`,
      [now, new Date(now.getTime() - PATIENCE_MS)],
    );
    return brought.length;
  }
}

function briefingOf(incident: string, { briefings }: Subjects): Briefing {
  const briefing = briefings.get(incident);
  if (briefing === undefined) throw new ChannelError('Its incident is gone.', { permanent: true });
  return briefing;
}

function methodOf({ responderId, method: kind, address }: Claimed, { responders }: Subjects): StoredMethod {
  const responder = responders.get(responderId ?? '');
  const found = responder === undefined ? [] : destinationsOf(responder);
  const position = found.find((one) => one.method === kind && one.address === address)?.position;
  const method = position === undefined ? undefined : responder?.methods[position];
  if (method === undefined) throw new ChannelError('The responder no longer has this method.', { permanent: true });
  return method;
}
