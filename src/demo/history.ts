import { createHash } from 'node:crypto';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { compileCalendar, type BusinessCalendar } from '../calendar/business-calendar.js';
import { Acknowledgement } from '../escalation/acknowledgement.js';
import type { CurrentUser } from '../identity/current-user.js';
import { MailIntake } from '../mail/mail-intake.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import type { RecurringWork } from '../platform/queue/recurring.js';
import { Now } from '../platform/time/now.js';
import { recurringWork } from '../schedule.js';
import type { Actor } from '../tickets/actor.js';
import { Assignment } from '../tickets/assignment.js';
import { Conversation } from '../tickets/conversation.js';
import { RequestIntake } from '../tickets/request-intake.js';
import { Resolution } from '../tickets/resolution.js';
import { Triage } from '../tickets/triage.js';
import { Agenda, type Act } from './agenda.js';
import { Chance } from './chance.js';
import { organisations, stories, type Story } from './stories.js';

const SEED = 20_261_122;
const DAYS = 91;
const TICKETS = 340;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Working seconds to the first response, as the levels of a new desk promise it. */
const FIRST_RESPONSE = { L1: 3_600, L2: 14_400, L3: 28_800, L4: 86_400 } as const;
/** When people write: weight of each hour of the day, local time. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 16, 12, 14, 16, 16, 13, 9, 6, 5, 4, 3, 2, 1] as const;
const WEEKDAYS = [0.35, 1.25, 1.1, 1, 1, 0.95, 0.4] as const;

interface Person {
  readonly name: string;
  readonly email: string;
}

/** One ticket's course as it will be lived. */
interface Course {
  readonly story: Story;
  readonly customer: Person;
  readonly byMail: boolean;
  number?: number;
}

export interface HistorySettings {
  readonly timezone: string;
  readonly supportAddress: string;
  readonly agents: readonly CurrentUser[];
}

/**
 * Three months of a support desk's life, lived through the very capabilities that mail, forms and agents use, at the moments when
 * they would have happened. The same desk gets the same history each time, but for the days it falls on.
 */
export class History {
  private readonly chance = new Chance(SEED);
  private readonly agenda = new Agenda();
  private readonly heard = new Set<string>();
  private readonly office: BusinessCalendar;
  private readonly present: Date;
  private readonly work: readonly RecurringWork[];
  private settledDay = 0;

  constructor(
    private readonly house: INestApplicationContext,
    private readonly settings: HistorySettings,
  ) {
    this.present = this.get(Now).read();
    this.work = recurringWork(house).filter(({ settles }) => settles);
    const day: [string, string][] = [['09:00', '17:00']];
    this.office = compileCalendar({
      timezone: settings.timezone,
      week: { mon: day, tue: day, wed: day, thu: day, fri: day },
    });
  }

  /** Lives it, telling how much of it is done, and ends in the present. */
  async make(report: (done: number, total: number) => void): Promise<void> {
    this.planArrivals();
    const total = this.present.getTime() - this.beginning.getTime();
    for (let act = await this.nextAct(); act !== undefined && act.at < this.present; act = await this.nextAct()) {
      this.moveTo(act.at);
      await act.run();
      await this.settle();
      report(act.at.getTime() - this.beginning.getTime(), total);
    }
    this.moveTo(this.present);
    await this.settle();
    report(total, total);
  }

  private get beginning(): Date {
    return new Date(this.present.getTime() - DAYS * DAY_MS);
  }

  private planArrivals(): void {
    const days = Array.from({ length: DAYS }, (_, day) => new Date(this.beginning.getTime() + day * DAY_MS));
    const byWeight = days.map((day) => [day, WEEKDAYS[day.getUTCDay()] ?? 1] as const);
    const hours = HOURS.map((weight, hour) => [hour, weight] as const);
    for (let ticket = 0; ticket < TICKETS; ticket++) {
      const midnight = Math.floor(this.chance.weighted(byWeight).getTime() / DAY_MS) * DAY_MS;
      const at = new Date(midnight + this.chance.weighted(hours) * HOUR_MS + this.chance.between(0, HOUR_MS));
      const level = this.chance.weighted([
        ['L1', 5],
        ['L2', 22],
        ['L3', 48],
        ['L4', 25],
      ] as const);
      const course = this.courseOf(this.chance.pick(stories.filter((story) => story.level === level)));
      if (at >= this.beginning) this.agenda.plan(whole(at), () => this.arrive(course));
    }
    for (const day of [12, 44, 71]) {
      const at = new Date(this.beginning.getTime() + day * DAY_MS + this.chance.between(0, DAY_MS));
      this.agenda.plan(whole(at), () => this.spamArrives());
    }
  }

  private courseOf(story: Story): Course {
    const organisation = this.chance.pick(organisations);
    const name = this.chance.pick(organisation.people);
    const local = name
      .normalize('NFD')
      .replaceAll('ł', 'l')
      .replaceAll('Ł', 'L')
      .replace(/[^A-Za-z ]/g, '');
    const email = `${local.toLowerCase().split(' ').join('.')}@${organisation.domain}`;
    return { story, customer: { name, email }, byMail: this.chance.happens(0.6) };
  }

  private async arrive(course: Course): Promise<void> {
    const { story, customer } = course;
    if (course.byMail) {
      course.number = await this.mail(customer, this.settings.supportAddress, story.subject, story.body);
    } else {
      const ticket = await this.inTransaction((tx) =>
        this.get(RequestIntake).submit(tx, {
          ...customer,
          subject: story.subject,
          body: story.body,
          urgency: story.level,
        }),
      );
      course.number = ticket.number;
    }
    this.planFirstResponse(course, this.now);
  }

  private planFirstResponse(course: Course, arrived: Date): void {
    const { level } = course.story;
    const target = FIRST_RESPONSE[level];
    const late = this.chance.happens(level === 'L1' ? 0.12 : 0.09);
    const share = late ? this.chance.between(1.03, 1.45) : this.chance.between(0.04, 0.82) ** 1.3;
    const after = share * target;
    const at = level === 'L1' ? new Date(arrived.getTime() + after * 1000) : this.office.addTime(arrived, after);
    const agent = this.chance.pick(this.settings.agents);
    const triageAt = new Date(arrived.getTime() + (at.getTime() - arrived.getTime()) * 0.4);
    this.agenda.plan(whole(triageAt), () => this.triage(course, agent));
    this.agenda.plan(whole(at), () => this.turn(course, agent, 0));
  }

  /** Whoever looks first sets the level that a mail could not say, tags it, and mostly takes it. */
  private async triage({ story, number, byMail }: Course, agent: CurrentUser): Promise<void> {
    if (number === undefined) return;
    await this.inTransaction(async (tx) => {
      const deed = { by: actor(agent), at: this.now };
      const why = 'The mail did not say how urgent it is; judged by what it describes.';
      if (byMail && story.level !== 'L3') await this.get(Triage).setLevel(tx, number, story.level, why, deed);
      await this.get(Triage).setTags(tx, number, story.tags, deed);
      if (this.chance.happens(0.7)) await this.get(Assignment).take(tx, number, deed);
      if (story.note !== undefined)
        await this.get(Conversation).note(tx, number, { words: { text: story.note }, ...deed });
    });
  }

  /** Even turns are the agent's, odd ones the customer's. */
  private async turn(course: Course, agent: CurrentUser, turn: number): Promise<void> {
    const { story, number } = course;
    const text = story.turns[turn];
    if (number === undefined || text === undefined) return;

    const more = turn + 1 < story.turns.length;
    if (turn % 2 === 0) await this.agentAnswers(number, agent, text, more);
    else await this.customerAnswers(course, text);

    if (more && turn % 2 === 0 && this.chance.happens(0.14)) {
      const at = this.office.addTime(this.now, this.chance.between(5, 9) * 8 * 3_600);
      this.agenda.plan(whole(at), () => this.giveUpWaiting(number, agent));
    } else if (more) {
      const next = this.whenNext(course, turn);
      this.agenda.plan(whole(next), () => this.turn(course, agent, turn + 1));
    } else if (turn % 2 === 1) {
      const at = this.office.addTime(this.now, this.chance.between(300, 9_000));
      this.agenda.plan(whole(at), () => this.resolve(number, agent));
    } else if (this.chance.happens(0.05)) {
      const at = new Date(this.now.getTime() + this.chance.between(4 * HOUR_MS, 3 * DAY_MS));
      this.agenda.plan(whole(at), () => this.comesBack(course, agent));
    }
  }

  private whenNext({ story }: Course, turn: number): Date {
    const urgent = story.level === 'L1';
    if (turn % 2 === 0) {
      const hours = urgent ? this.chance.between(0.1, 0.8) : this.chance.between(0.3, 26) * this.chance.next();
      return new Date(this.now.getTime() + (hours + 0.05) * HOUR_MS);
    }
    if (urgent) return new Date(this.now.getTime() + this.chance.between(0.2, 1.2) * HOUR_MS);
    const slow = this.chance.happens(0.08) ? 4 : 1;
    return this.office.addTime(this.now, slow * this.chance.between(0.2, 7) * 3_600);
  }

  private async agentAnswers(number: number, agent: CurrentUser, text: string, more: boolean): Promise<void> {
    const greeting = `${text}\n\nKind regards\n${agent.name}`;
    await this.inTransaction((tx) =>
      this.get(Conversation).agentReplies(tx, number, {
        words: { text: greeting },
        by: actor(agent),
        at: this.now,
        setStatus: more ? 'waiting' : 'resolved',
      }),
    );
  }

  private async customerAnswers({ customer, story, number }: Course, text: string): Promise<void> {
    const [last] = await this.get(Database).query<{ reply_to: string | null; message_id: string; subject: string }>(
      `select mail.reply_to, mail.message_id, mail.subject from outgoing_mail mail join message on message.outgoing_mail_id = mail.id
       where message.ticket_number = $1 order by mail.number desc limit 1`,
      [number],
    );
    const to = last?.reply_to ?? this.settings.supportAddress;
    await this.mail(customer, to, `Re: ${last?.subject ?? story.subject}`, text, last?.message_id);
  }

  private async comesBack(course: Course, agent: CurrentUser): Promise<void> {
    const { number } = course;
    if (number === undefined) return;
    await this.customerAnswers(
      course,
      'Sorry, it is back: the same thing happened again this morning. Could you have another look?',
    );
    const at = this.office.addTime(this.now, this.chance.between(0.3, 5) * 3_600);
    const sorry = 'Thank you for telling us. We found what was left over from the first time and removed it for good.';
    this.agenda.plan(whole(at), () => this.agentAnswers(number, agent, sorry, false));
  }

  private async giveUpWaiting(number: number, agent: CurrentUser): Promise<void> {
    const text =
      'We have not heard from you for a week and take it as solved. Just answer this mail if it is not, and it is open again.';
    await this.agentAnswers(number, agent, text, false);
  }

  private async resolve(number: number, agent: CurrentUser): Promise<void> {
    await this.inTransaction((tx) => this.get(Resolution).resolve(tx, number, { by: actor(agent), at: this.now }));
  }

  private async spamArrives(): Promise<void> {
    const sender = { name: 'SEO Experts', email: 'boost@ranking.example' };
    const number = await this.mail(
      sender,
      this.settings.supportAddress,
      'Page one in 30 days',
      'We bring your site to page one. Reply YES.',
    );
    const agent = this.chance.pick(this.settings.agents);
    const at = this.office.addTime(this.now, 1_200);
    this.agenda.plan(whole(at), () =>
      this.inTransaction((tx) => this.get(Triage).markSpam(tx, number, { by: actor(agent), at: this.now })),
    );
  }

  /** A mail comes in by the same road as any other; answers the number of the ticket it was filed with. */
  private async mail(from: Person, to: string, subject: string, text: string, inReplyTo?: string): Promise<number> {
    const at = this.now;
    const id = createHash('sha1').update(`${from.email}${at.toISOString()}${subject}`).digest('hex').slice(0, 24);
    const lines = [
      `From: ${encoded(from.name)} <${from.email}>`,
      `To: ${to}`,
      `Subject: ${encoded(subject)}`,
      `Message-ID: <${id}@${from.email.split('@')[1] ?? 'mail.example'}>`,
      `Date: ${at.toUTCString()}`,
      ...(inReplyTo === undefined ? [] : [`In-Reply-To: ${inReplyTo}`, `References: ${inReplyTo}`]),
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(`${text}\n\n-- \n${from.name}\n`, 'utf8').toString('base64').replace(/.{76}/g, '$&\r\n'),
      '',
    ];
    const accepted = await this.get(MailIntake).accept({
      raw: Buffer.from(lines.join('\r\n'), 'utf8'),
      channel: 'smtp',
      envelopeFrom: from.email,
      envelopeTo: [to],
      receivedAt: at,
    });
    await this.settle();
    const [row] = await this.get(Database).query<{ ticket_number: number | null }>(
      'select ticket_number from inbound_mail where id = $1',
      [accepted.id],
    );
    const number = row?.ticket_number ?? null;
    if (number === null) throw new Error(`The mail "${subject}" of ${from.email} was not filed with a ticket.`);
    return number;
  }

  /**
   * The next of what people do, after all that becomes due before it: each stop on the way happens when it should, and may make people
   * do something sooner than they were going to.
   */
  private async nextAct(): Promise<Act | undefined> {
    for (;;) {
      const act = this.agenda.first;
      const until = act === undefined || act.at > this.present ? this.present : act.at;
      const [due] = await this.get(Database).query<{ at: Date | null }>(
        `select least(
           (select min(due_at) from clock where state = 'running' and breached_at is null),
           (select min(next_step_at) from incident where state = 'open')) as at`,
      );
      const at = due?.at ?? null;
      if (at === null || at > until) return this.agenda.next();

      this.moveTo(at);
      await this.settle();
      await this.planAcknowledgements();
    }
  }

  private async planAcknowledgements(): Promise<void> {
    const open = await this.get(Database).query<{ id: string }>(`select id from incident where state = 'open'`);
    for (const { id } of open) {
      if (this.heard.has(id)) continue;
      this.heard.add(id);
      const at = new Date(this.now.getTime() + this.chance.between(1.5, 14) * MINUTE_MS);
      const agent = this.chance.pick(this.settings.agents);
      this.agenda.plan(whole(at), async () => {
        await this.inTransaction((tx) => this.get(Acknowledgement).byUser(tx, id, agent));
      });
    }
  }

  /** Does what is due by now; once a day also what is looked for by the day. */
  private async settle(): Promise<void> {
    const today = Math.floor(this.now.getTime() / DAY_MS);
    if (today !== this.settledDay) {
      this.settledDay = today;
      for (const { sweeper } of this.work) await sweeper.sweep();
    }
    for (let due = await this.due(); due.length > 0; due = await this.due()) {
      for (const { name, sweeper } of this.work) if (due.includes(name)) await sweeper.sweep();
    }
  }

  /** Which work of the schedule has something to do: asking for all at once is much cheaper than letting each look for itself. */
  private async due(): Promise<string[]> {
    const [row] = await this.get(Database).query<{ due: string[] }>(
      `select array_remove(array[
         case when exists (select from inbound_mail where state = 'pending' and coalesce(next_try_at, received_at) <= $1) then 'read-mail' end,
         case when exists (select from outgoing_mail where state = 'queued' and next_try_at <= $1) then 'deliver-mail' end,
         case when exists (select from clock where next_moment_at <= $1 and set_aside_at is null) then 'strike-due-clocks' end,
         case when exists (select from incident where next_step_at <= $1) then 'advance-due-incidents' end,
         case when exists (select from notification where next_try_at <= $1) then 'send-notification' end], null) as due`,
      [this.now],
    );
    return row?.due ?? [];
  }

  private get now(): Date {
    return this.get(Now).read();
  }

  private moveTo(at: Date): void {
    const now = this.get(Now);
    now.move(at.getTime() - now.read().getTime());
  }

  private async inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.get(Database).transaction(work);
  }

  private get<T>(type: Type<T>): T {
    return this.house.get(type, { strict: false });
  }
}

const actor = ({ id, name, email }: CurrentUser): Actor => ({ kind: 'user', id, name, email });
const whole = (at: Date): Date => new Date(Math.round(at.getTime() / 1000) * 1000);
/** A header's text that is not ASCII, as RFC 2047 has it. */
const encoded = (text: string): string =>
  /^[ -~]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
