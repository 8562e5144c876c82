import { Injectable } from '@nestjs/common';
import { Temporal } from 'temporal-polyfill';
import { DeskStore, type Desk } from '../../desk/desk.store.js';
import { EmergencyContact } from '../../escalation/emergency-contact.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Now } from '../../platform/time/now.js';
import { ComplianceReport, type ComplianceRow, type Period } from '../../reports/compliance.report.js';
import { type Metric, type Target, type Targets, isDefault } from '../../sla/promises.js';
import { Policies, type PolicyItem } from '../../sla/policies.js';
import { Calendars, type CalendarItem } from '../../support-hours/calendars.js';
import { hoursOf } from '../../support-hours/written-calendar.js';
import { Levels, type LevelItem } from '../../tickets/levels.js';
import { exceptionsInWords, weekInWords } from '../calendar-in-words.js';
import { targetInWords } from '../target-in-words.js';

const PUBLISHED: readonly Metric[] = ['firstResponse', 'nextResponse', 'update', 'resolution'];
const HEADINGS: Record<Metric, string> = {
  firstResponse: 'First response',
  nextResponse: 'Further responses',
  update: 'Updates',
  resolution: 'Resolution',
  handling: 'Handling',
  requesterWait: 'Waiting time',
  agentWork: 'Working time',
};

/** What the desk promises to everybody, and how it has kept it: read from what is in force, so that it is never out of date. */
@Injectable()
export class ServiceLevelsPage {
  constructor(
    private readonly database: Database,
    private readonly desks: DeskStore,
    private readonly levels: Levels,
    private readonly policies: Policies,
    private readonly calendars: Calendars,
    private readonly compliance: ComplianceReport,
    private readonly emergencyContact: EmergencyContact,
    private readonly now: Now,
  ) {}

  async read(): Promise<object> {
    const desk = await this.desks.read();
    const now = this.now.read();
    const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(desk.timezone).toPlainDate();
    const since = (days: number): Period => ({
      from: new Date(today.subtract({ days }).toZonedDateTime(desk.timezone).epochMilliseconds),
      to: now,
    });
    return this.database.readOnly(async (tx) => {
      const [levels, policies, calendars] = [
        await this.levels.all(tx),
        await this.policies.all(tx),
        (await this.calendars.list(tx)).map(({ name, definition, sourced }) => ({
          name,
          ...hoursOf(definition, sourced),
        })),
      ];
      const policy = policies.find((one) => isDefault(one));
      const shown = PUBLISHED.filter((metric) => levels.some((level) => targetFor(level, policy, metric) !== null));
      return {
        title: 'What we promise',
        desk,
        today: today.toString(),
        headings: shown.map((metric) => HEADINGS[metric]),
        levels: levels.map((level) => ({
          name: level.name,
          title: level.title,
          description: level.description ?? '',
          targets: shown.map((metric) => ({
            heading: HEADINGS[metric],
            within: targetInWords(targetFor(level, policy, metric)),
          })),
          calendar: calendarFor(level, policy, desk),
        })),
        calendars: usedCalendars(levels, policy, desk, calendars).map((calendar) => ({
          name: calendar.name,
          timezone: calendar.timezone,
          week: weekInWords(calendar),
          exceptions: exceptionsInWords(calendar, today.toString()),
        })),
        pauses: (policy?.pauses?.resolution ?? []).map((status) => status.replace('-', ' ')),
        kept: await this.kept(tx, levels, [
          { label: 'last 28 days', period: since(28) },
          { label: 'last 12 months', period: since(365) },
        ]),
        emergency: await this.emergencyContact.isReachable(),
        changedAt: await lastChange(tx),
      };
    });
  }

  private async kept(
    tx: Transaction,
    levels: readonly LevelItem[],
    periods: readonly { readonly label: string; readonly period: Period }[],
  ): Promise<object> {
    const columns: { label: string; rows: ComplianceRow[] }[] = [];
    for (const { label, period } of periods)
      columns.push({ label, rows: await this.compliance.ask(tx, period, 'level') });
    const share = (rows: readonly ComplianceRow[], level: string, metric: Metric): object => {
      const row = rows.find((one) => one.key === level && one.metric === metric);
      return { attainment: row?.attainment ?? null, of: (row?.met ?? 0) + (row?.breached ?? 0) };
    };
    return {
      labels: columns.map(({ label }) => label),
      any: columns.some(({ rows }) => rows.some(({ attainment }) => attainment !== null)),
      rows: levels.map(({ name, title }) => ({
        name,
        title,
        cells: columns.flatMap(({ rows }) => [share(rows, name, 'firstResponse'), share(rows, name, 'resolution')]),
      })),
    };
  }
}

function targetFor(level: LevelItem, policy: PolicyItem | undefined, metric: Metric): Target | null {
  const ofPolicy: Targets = policy?.targets ?? {};
  const target = ofPolicy[metric] === undefined ? ((level.targets as Targets)[metric] ?? null) : ofPolicy[metric];
  return target === 0 ? null : target;
}

function calendarFor(level: LevelItem, policy: PolicyItem | undefined, desk: Desk): string {
  return policy?.calendar ?? level.calendar ?? desk.defaultCalendar;
}

function usedCalendars(
  levels: readonly LevelItem[],
  policy: PolicyItem | undefined,
  desk: Desk,
  calendars: readonly CalendarItem[],
): readonly CalendarItem[] {
  const used = new Set(levels.map((level) => calendarFor(level, policy, desk)));
  return calendars.filter(({ name }) => used.has(name));
}

/** When the terms became what they are: the youngest version among what they are made of. */
async function lastChange(tx: Transaction): Promise<Date | null> {
  const [row] = await tx.query<{ at: Date | null }>(
    `select greatest((select max(created_at) from policy_version), (select max(created_at) from calendar_version)) as at`,
  );
  return row?.at ?? null;
}
