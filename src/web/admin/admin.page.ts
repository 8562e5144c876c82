import { Injectable } from '@nestjs/common';
import { Chains } from '../../escalation/chains.js';
import { EmergencyContact } from '../../escalation/emergency-contact.js';
import { DeskStore } from '../../desk/desk.store.js';
import { Mailboxes } from '../../mail/mailboxes.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { Now } from '../../platform/time/now.js';
import { Policies } from '../../sla/policies.js';
import { Calendars } from '../../support-hours/calendars.js';
import { Levels } from '../../tickets/levels.js';
import { Queues } from '../../tickets/queues.js';
import { Rules } from '../../tickets/rules.js';
import { weekInWords } from '../calendar-in-words.js';
import { targetInWords } from '../target-in-words.js';

interface Step {
  readonly done: boolean;
  readonly title: string;
  readonly text: string;
  readonly href: string | null;
  readonly link: string;
}

interface Counts {
  readonly tickets: number;
  readonly users: number;
  readonly quarantined: number;
  readonly failed: number;
  readonly setAside: number;
}

/** What the desk is made of, what is still missing, and what asks for a person. */
@Injectable()
export class AdminPage {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly desk: DeskStore,
    private readonly mailboxes: Mailboxes,
    private readonly calendars: Calendars,
    private readonly levels: Levels,
    private readonly queues: Queues,
    private readonly rules: Rules,
    private readonly policies: Policies,
    private readonly chains: Chains,
    private readonly emergencyContact: EmergencyContact,
    private readonly now: Now,
  ) {}

  async read(): Promise<object> {
    const desk = await this.desk.read();
    const [counts] = await this.database.query<Counts>(
      `select (select count(*)::integer from ticket) as tickets,
         (select count(*)::integer from app_user where disabled_at is null) as users,
         (select count(*)::integer from inbound_mail where state = 'quarantined') as quarantined,
         (select count(*)::integer from outgoing_mail where state = 'failed') as failed,
         ((select count(*) from clock where set_aside_at is not null) + (select count(*) from uncounted_ticket))::integer as "setAside"`,
    );
    if (counts === undefined) throw new Error('PostgreSQL answered no row to a question without conditions.');
    const contact = await this.emergencyContact.read();
    return this.database.readOnly(async (tx) => ({
      title: 'Administration',
      desk,
      captured: this.config.smtpUrl === undefined,
      counts,
      steps: this.steps(counts, (await this.emergencyContact.isReachable()) && contact !== null),
      mailboxes: await this.mailboxes.all(tx),
      contact,
      calendars: (await this.calendars.all(tx)).map((calendar) => ({
        name: calendar.name,
        timezone: calendar.timezone,
        hours: weekInWords(calendar).filter(({ hours }) => hours !== 'closed'),
        closed: (calendar.holidays ?? []).length + (calendar.yearlyHolidays ?? []).length,
      })),
      levels: (await this.levels.all(tx)).map(({ name, title, calendar, targets }) => ({
        name,
        title,
        calendar: calendar ?? 'the customer’s',
        firstResponse: targetInWords(targets['firstResponse'] ?? null),
        resolution: targetInWords(targets['resolution'] ?? null),
      })),
      queues: await this.queues.all(tx),
      rules: (await this.rules.all(tx)).map(({ name, when, then }) => ({
        name,
        when: conditions(when),
        then: conditions(then),
      })),
      policies: (await this.policies.all(tx)).map(({ name, match, calendar, warnAt }) => ({
        name,
        match: conditions(match),
        calendar: calendar ?? 'the level’s',
        warnAt: (warnAt ?? []).join(', '),
      })),
      chains: (await this.chains.all(tx)).map(({ name, steps, repeatEveryMinutes }) => ({
        name,
        steps: steps.map(({ afterMinutes, notify }) => `after ${afterMinutes} min: ${notify.join(', ')}`),
        repeat: repeatEveryMinutes ?? null,
      })),
      now: this.now.read(),
    }));
  }

  private steps({ tickets, users }: Counts, reachable: boolean): Step[] {
    const { smtpUrl, mail } = this.config;
    return [
      {
        done: reachable,
        title: 'Name a 24x7 emergency contact',
        text: 'Without one, nobody hears of a broken promise.',
        href: '/admin/emergency-contact',
        link: reachable ? 'Change' : 'Name one',
      },
      {
        done: mail.domain !== 'localhost',
        title: 'Let mail in',
        text: `Mail is taken on ${mail.host}:${mail.port}. Set MAIL_DOMAIN and let your mail server hand mail for it over.`,
        href: '/admin/mail',
        link: 'Mail log',
      },
      {
        done: smtpUrl !== undefined,
        title: 'Let mail out',
        text:
          smtpUrl === undefined
            ? 'Without SMTP_URL, mail is kept here and leaves for nobody.'
            : 'Mail leaves through the relay of SMTP_URL.',
        href: '/admin/outbox',
        link: 'Outbox',
      },
      {
        done: users > 1,
        title: 'Bring your colleagues',
        text: 'They get a letter with a link to choose a password.',
        href: '/admin/people/new',
        link: 'Invite',
      },
      {
        done: tickets > 0,
        title: 'Open a first ticket',
        text: 'Write a mail to the support address, or fill in the form as a customer would.',
        href: '/requests/new',
        link: 'The form',
      },
    ];
  }
}

function conditions(conditions: object | undefined): string {
  return Object.entries(conditions ?? {})
    .map(
      ([name, value]) =>
        `${name} ${Array.isArray(value) ? value.join(' or ') : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(', ');
}
