import { Acknowledgement } from '../../../src/escalation/acknowledgement.js';
import { AdvanceDueIncidents } from '../../../src/escalation/advance-due-incidents.job.js';
import { Chains, type ChainEntry } from '../../../src/escalation/chains.js';
import { IncidentLog, type IncidentRecord } from '../../../src/escalation/incident-log.js';
import { Responders, type ResponderEntry } from '../../../src/escalation/responders.js';
import { SendNotification } from '../../../src/escalation/send-notification.job.js';
import { DeliverMailJob } from '../../../src/mail/outbound/deliver-mail.job.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { ClockBreached, type ClockKey } from '../../../src/sla/clock-events.js';
import { House } from '../../support/house.js';
import { SECRET, type WebhookSink } from './webhook-sink.js';

export const EVE = 'Emergency Eve';

interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A desk with a customer, Carl, whose tickets have one clock each; what is done to the clocks is told, not waited for. */
export class Scene {
  private queue = '';
  private contact = '';

  private constructor(readonly house: House) {}

  static async open(): Promise<Scene> {
    const scene = new Scene(await House.open());
    await scene.clear();
    return scene;
  }

  /** Back to a desk that nobody has written to and where nobody can be called. */
  async clear(): Promise<void> {
    const { house } = this;
    await house.query(
      `truncate ticket, contact, queue, level, responder, chain, alarm, outgoing_mail, policy, clock cascade`,
    );
    await house.query(`insert into level (name, title, position) values ('L1', 'Service down', 1)`);
    const [queue] = await house.query<{ id: string }>(`insert into queue (name) values ('Support') returning id`);
    const [contact] = await house.query<{ id: string }>(
      `insert into contact (email, name, created_at) values ('carl@customer.test', 'Carl Customer', $1) returning id`,
      [house.now.read()],
    );
    this.queue = queue?.id ?? '';
    this.contact = contact?.id ?? '';
  }

  close(): Promise<void> {
    return this.house.close();
  }

  // ---- people and chains

  async responders(...entries: ResponderEntry[]): Promise<void> {
    await this.house.transaction(async (tx) => {
      for (const entry of entries) await this.house.get(Responders).save(tx, entry);
    });
  }

  async responderId(name: string): Promise<string> {
    const [row] = await this.house.query<{ id: string }>('select id from responder where name = $1', [name]);
    return row?.id ?? '';
  }

  async chain(entry: Omit<ChainEntry, 'name'> & { name?: string }): Promise<void> {
    await this.house.transaction((tx) => this.house.get(Chains).save(tx, { name: 'Default', ...entry }));
  }

  /** The 24x7 contact, with a webhook, and nobody else. */
  async emergency(sink: WebhookSink, path = '/eve'): Promise<void> {
    await this.responders({ name: EVE, methods: [hook(sink, path)], emergency: true });
  }

  // ---- clocks

  /** A new ticket with a running clock; answers the breach that could be told of it. */
  async overdue({ subject = 'The shop is down', chain = null as string | null } = {}): Promise<ClockBreached> {
    const { house } = this;
    const now = house.now.read();
    const [ticket] = await house.query<{ number: number }>(
      `insert into ticket (subject, status, level, queue_id, requester_id, channel, opened_by, created_at, updated_at)
       values ($1, 'new', 'L1', $2, $3, 'mail', 'customer', $4, $4) returning number`,
      [subject, this.queue, this.contact, now],
    );
    const number = ticket?.number ?? 0;
    const [clock] = await house.query<{ id: string }>(
      `insert into clock (ticket_number, metric, cycle, judgement, state, policy_id, policy_version, calendar_id, calendar_version,
         target_seconds, elapsed_seconds, counting_since, started_at, due_at, run, warnings, ahead, next_moment_at, level, queue_id)
       select $1, 'firstResponse', 1, 0, 'running', $3, 1, calendar.id, 1, 60, 60, $2, $2, $2, '{}', '[]', '[]', $2, 'L1', $4
       from calendar where name = '24x7' returning id`,
      [number, now, await this.policyWith(chain), this.queue],
    );
    const key = { clock: clock?.id ?? '', ticket: number, metric: 'firstResponse', cycle: 1, judgement: 0 } as const;
    return new ClockBreached(key, now, 'due');
  }

  async tell(...facts: object[]): Promise<void> {
    await this.house.transaction((tx) => this.house.get(EventBus).publish(tx, facts));
  }

  /** A ticket whose promise is broken at this moment; answers the incident's id. Nothing is sent yet. */
  async incident(options: Parameters<Scene['overdue']>[0] = {}): Promise<{ id: string; breach: ClockBreached }> {
    const breach = await this.overdue(options);
    await this.house.query(`update clock set breached_at = due_at where id = $1`, [breach.clock]);
    await this.tell(breach);
    const [incident] = await this.house.get(IncidentLog).list({ ticket: breach.ticket });
    return { id: incident?.id ?? '', breach };
  }

  private async policyWith(chain: string | null): Promise<string> {
    const { house } = this;
    const [policy] = await house.query<{ id: string }>(
      `insert into policy (name, position, current_version) values ($1, 1, 1)
       on conflict on constraint policy_name_is_unique do update set position = 1 returning id`,
      [`Policy with ${chain ?? 'no chain'}`],
    );
    await house.query(
      `insert into policy_version (policy_id, version, definition, created_at) values ($1, 1, $2, $3)
       on conflict on constraint policy_version_pk do nothing`,
      [policy?.id, JSON.stringify(chain === null ? {} : { chain }), house.now.read()],
    );
    return policy?.id ?? '';
  }

  // ---- time and work

  /** One round of each worker's work. */
  async work(): Promise<void> {
    await this.house.get(AdvanceDueIncidents).sweep();
    await this.house.get(SendNotification).sweep();
    await this.house.get(DeliverMailJob).sweep();
  }

  /** Time passes in steps of seconds, and the workers are there all the time. */
  async pass(seconds: number, step = seconds): Promise<void> {
    for (let passed = 0; passed < seconds; passed += step) {
      this.house.now.move(step * 1000);
      await this.work();
    }
  }

  async acknowledge(url: string | null | undefined): ReturnType<Acknowledgement['byLink']> {
    const token = (url ?? '').split('/acknowledgements/')[1] ?? '';
    return this.house.transaction((tx) => this.house.get(Acknowledgement).byLink(tx, token));
  }

  // ---- what can be seen

  async read(incident: string): Promise<IncidentRecord> {
    const found = await this.house.get(IncidentLog).find(incident);
    if (found === null) throw new Error(`There is no incident ${incident}.`);
    return found;
  }

  async timeline(incident: string): Promise<string[]> {
    return (await this.house.get(IncidentLog).timeline(incident)).map(({ type }) => type);
  }

  async letters(): Promise<Letter[]> {
    return this.house.query<Letter>(
      `select recipients->0->>'email' as to, subject, text, html from outgoing_mail where state = 'sent' order by number`,
    );
  }
}

/** A signed webhook of the sink as a method. */
export function hook(
  sink: WebhookSink,
  path: string,
  afterSeconds = 0,
): NonNullable<ResponderEntry['methods']>[number] {
  return { kind: 'webhook', url: sink.url(path), secret: SECRET, afterSeconds };
}

/** The same clock and cycle, judged another time. */
export function judgedAnew({ clock, ticket, metric, cycle }: ClockBreached, judgement: number): ClockKey {
  return { clock, ticket, metric, cycle, judgement };
}
