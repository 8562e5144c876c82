import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { isTimeZone } from '../calendar/local-time.js';
import { minutesOf, WEEKDAYS } from '../calendar/opening-hours.js';
import { DeskStore } from '../desk/desk.store.js';
import { EmergencyContact } from '../escalation/emergency-contact.js';
import { passwordFault } from '../identity/passwords.js';
import { SetupLink } from '../identity/setup-link.js';
import { Users } from '../identity/users.js';
import { EMAIL_ADDRESS } from '../platform/config/email-address.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Calendars, type CalendarItem } from '../support-hours/calendars.js';

const text = (what: string): z.ZodString =>
  z.string().trim().min(1, `${what} is missing.`).max(100, 'This has more than 100 characters.');
/** The page lists all faults together, where "this" would tell nobody which of three addresses is meant. */
const email = (what: string) =>
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.email({ pattern: EMAIL_ADDRESS, error: `${what} is not an e-mail address such as name@example.com.` }));
const time = z
  .string()
  .trim()
  .refine((given) => minutesOf(given) !== null, 'This is not a time of day such as 09:00.');
/** What a form sends for a field that was left empty is an empty text. */
const blank = z
  .literal('')
  .transform(() => undefined)
  .optional();

/** A rule about two fields is looked at once both are good, even while others are not: a form tells all its faults at once. */
const allAtOnce =
  (...fields: readonly string[]) =>
  ({ issues }: { issues: readonly { path?: readonly PropertyKey[] | undefined }[] }): boolean =>
    issues.every(({ path }) => !fields.includes(String(path?.[0])));

/** What the set-up asks, as its form sends it. */
export const setupAnswers = z
  .object({
    deskName: text('The name of the desk'),
    timezone: z.string().trim().refine(isTimeZone, 'This is not a time zone such as Europe/Berlin.'),
    days: z
      .preprocess((given) => (typeof given === 'string' ? [given] : (given ?? [])), z.array(z.enum(WEEKDAYS)))
      .refine((days) => days.length > 0, 'Choose at least one day.'),
    from: time,
    to: time,
    supportAddress: email('The support address'),
    emergencyEmail: email('The emergency contact’s address').or(blank),
    emergencyPhone: z
      .string()
      .trim()
      .regex(/^\+?[\d ()/.-]{3,30}$/, 'This is not a phone number such as +49 30 1234567.')
      .or(blank),
    adminName: text('Your name'),
    adminEmail: email('Your address'),
    adminPassword: z.string().check(({ value, issues }) => {
      const fault = passwordFault(value);
      if (fault !== null) issues.push({ code: 'custom', input: value, message: fault });
    }),
  })
  .refine(({ from, to }) => from !== '24:00' && from !== closing(to), {
    path: ['to'],
    when: allAtOnce('from', 'to'),
    message: 'Closing must be at another time than opening; around the clock is 00:00 to 00:00.',
  })
  .refine(({ emergencyEmail, emergencyPhone }) => emergencyEmail !== undefined || emergencyPhone === undefined, {
    path: ['emergencyEmail'],
    when: allAtOnce('emergencyEmail', 'emergencyPhone'),
    message: 'An e-mail address is needed beside the phone number: the alarm is sent to it.',
  });

export type SetupAnswers = z.output<typeof setupAnswers>;

/** What was made of the answers, to be shown. */
export interface SetUp {
  readonly deskName: string;
  readonly supportAddress: string;
  readonly calendar: CalendarItem;
  readonly adminId: string;
}

/** The first admin sets the desk up, once, by the link that the first start printed. */
@Injectable()
export class Setup {
  constructor(
    private readonly links: SetupLink,
    private readonly desk: DeskStore,
    private readonly calendars: Calendars,
    private readonly emergencyContact: EmergencyContact,
    private readonly users: Users,
    private readonly now: Now,
  ) {}

  /** Spends the link and makes the desk what the answers say, all or nothing. */
  async finish(tx: Transaction, token: string, answers: SetupAnswers): Promise<SetUp> {
    if (!(await this.links.spend(tx, token))) {
      throw Problem.forbidden(
        'This set-up link has been used already, or a later start of the desk has made a new one.',
      );
    }
    const { deskName, timezone, supportAddress, emergencyEmail, emergencyPhone } = answers;
    const by = { name: answers.adminName, email: answers.adminEmail };

    const { defaultCalendar } = await this.desk.save(tx, {
      name: deskName,
      timezone,
      supportAddress,
      setUpAt: this.now.read(),
    });
    const calendar = await this.saveHours(tx, defaultCalendar, answers);
    if (emergencyEmail !== undefined) {
      await this.emergencyContact.set(tx, { email: emergencyEmail, phone: emergencyPhone });
    }
    const adminId = await this.addAdmin(tx, answers, by);
    return { deskName, supportAddress, calendar, adminId };
  }

  /** The desk's calendar keeps its holidays and exceptions. */
  private async saveHours(
    tx: Transaction,
    defaultCalendar: string,
    { days, from, to, timezone, ...answers }: SetupAnswers,
  ): Promise<CalendarItem> {
    const before = await this.calendars.byName(tx, defaultCalendar);
    const week = Object.fromEntries(days.map((day) => [day, [[from, closing(to)] as const]]));
    const calendar = { ...before?.definition, breaks: {}, name: defaultCalendar, timezone, week };
    await this.calendars.save(tx, calendar, { name: answers.adminName, email: answers.adminEmail });
    return calendar;
  }

  /** A desk file may have named this person already, without a password. */
  private async addAdmin(
    tx: Transaction,
    { adminEmail, adminName, adminPassword, timezone }: SetupAnswers,
    by: { name: string; email: string },
  ): Promise<string> {
    const admin = { email: adminEmail, name: adminName, role: 'admin' } as const;
    const known = await this.users.byEmail(adminEmail);
    if (known === null) {
      return this.passwordProblems(() => this.users.add(tx, { ...admin, timezone, password: adminPassword }, by));
    }

    await this.users.save(tx, admin, by);
    await this.passwordProblems(() => this.users.setPassword(tx, known.id, adminPassword, by));
    return known.id;
  }

  /** The form calls its fields otherwise than the people who keep passwords do. */
  private async passwordProblems<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const names: Record<string, string> = { password: 'adminPassword', email: 'adminEmail', name: 'adminName' };
      const faults = error.faults.map(({ field, detail }) => ({ field: names[field] ?? field, detail }));
      throw new Problem(error.kind, error.detail, faults);
    }
  }
}

/** Midnight at the end of the day, which the time field of a browser cannot say. */
function closing(to: string): string {
  return to === '00:00' ? '24:00' : to;
}
