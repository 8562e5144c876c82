import { Injectable } from '@nestjs/common';
import { Temporal } from 'temporal-polyfill';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { RequestTrial, type Trial } from '../../sla/request-trial.js';
import type { RuleItem, RuleRequest } from '../../tickets/rules.js';
import { metricName } from '../clock-chip.js';
import type { SentForm } from '../forms.js';
import { textIn } from './form-fields.js';
import { CHANNELS } from './rule-form.js';

const FIELDS = [
  'from',
  'subject',
  'body',
  'channel',
  'mailbox',
  'queue',
  'chosenLevel',
  'fields',
  'at',
  'mail',
  'ticket',
].map((field) => `test.${field}`);

/** The form that asks “which rule would this meet, and why”, and its answer; part of the page of all rules and of that of one. */
@Injectable()
export class RuleTrial {
  constructor(
    private readonly database: Database,
    private readonly trial: RequestTrial,
    private readonly now: Now,
  ) {}

  /** `rules`: what is asked instead of the saved ones. Without the step `test` nothing is asked. */
  async model(form: Pick<SentForm, 'fields'>, timezone: string, rules?: readonly RuleItem[]): Promise<object> {
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn(form, field)]));
    const asked: Asked = textIn(form, 'step') === 'test' ? await this.ask(form, timezone, rules) : { faults: [] };
    const how = value['test.mail'] !== '' ? 'mail' : value['test.ticket'] !== '' ? 'ticket' : 'words';
    const faults = asked.faults;
    return {
      value,
      how,
      channels: CHANNELS.map((channel) => ({
        value: channel,
        label: channel,
        selected: value['test.channel'] === channel,
      })),
      timezone,
      fault: Object.fromEntries(
        FIELDS.map((field) => [field, faults.find((one) => one.field === field)?.detail ?? null]),
      ),
      faults,
      result: asked.trial === undefined ? null : shown(asked.trial),
      unsaved: rules !== undefined,
    };
  }

  private async ask(form: Pick<SentForm, 'fields'>, timezone: string, rules?: readonly RuleItem[]): Promise<Asked> {
    const [mail, ticket] = [form.fields['test.mail'] ?? '', textIn(form, 'test.ticket').replace(/^#/, '')];
    const raw = typeof mail === 'string' ? mail : (mail.at(-1) ?? '');
    const at = instantIn(textIn(form, 'test.at'), timezone) ?? this.now.read();
    try {
      if (raw.trim() !== '') {
        return {
          faults: [],
          trial: await this.within((tx) => this.trial.ofMail(tx, Buffer.from(raw.trimStart()), at, rules)),
        };
      }
      if (ticket !== '') {
        if (!/^\d{1,9}$/.test(ticket)) return fault('test.ticket', 'This is not the number of a ticket.');
        return { faults: [], trial: await this.within((tx) => this.trial.ofTicket(tx, Number(ticket), rules)) };
      }
      const from = textIn(form, 'test.from').toLowerCase();
      if (!EMAIL_ADDRESS.test(from)) return fault('test.from', 'Say who writes: an e-mail address.');
      const fields = formFieldsIn(textIn(form, 'test.fields'));
      if (fields === null)
        return fault('test.fields', 'One field a line is wanted, its name and its value parted by a colon.');
      return {
        faults: [],
        trial: await this.within((tx) => this.trial.of(tx, { ...requestIn(form), fields, from, at }, rules)),
      };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return error.kind === 'not-found'
        ? fault('test.ticket', error.detail)
        : { faults: [{ field: '', detail: error.detail }] };
    }
  }

  private async within(ask: (tx: Transaction) => Promise<Trial>): Promise<Trial> {
    return this.database.readOnly(ask);
  }
}

interface Asked {
  readonly faults: readonly FieldFault[];
  readonly trial?: Trial;
}

const fault = (field: string, detail: string): { faults: readonly FieldFault[] } => ({ faults: [{ field, detail }] });

function requestIn(form: Pick<SentForm, 'fields'>): Partial<RuleRequest> {
  const channel = CHANNELS.find((one) => one === textIn(form, 'test.channel')) ?? 'mail';
  const chosen = (field: string): string | null => textIn(form, field) || null;
  return {
    channel,
    mailbox: chosen('test.mailbox'),
    queue: chosen('test.queue'),
    subject: textIn(form, 'test.subject'),
    body: textIn(form, 'test.body'),
    chosenLevel: chosen('test.chosenLevel'),
  };
}

/** `product: Booking` on each line; null where a line is something else. */
function formFieldsIn(text: string): RuleRequest['fields'] | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const fields = lines.map((line) => /^([^:]+?)\s*:\s*(.*)$/.exec(line));
  return fields.some((field) => field === null)
    ? null
    : Object.fromEntries(fields.map((field) => [field?.[1] ?? '', field?.[2] ?? '']));
}

/** What a browser's field for date and time says, in the reader's zone. */
function instantIn(text: string, timezone: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)) return null;
  try {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).epochMilliseconds);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function shown({ request, rules, decision, policies, policy, calendar, clocks }: Trial): object {
  const { set } = decision;
  return {
    from: request.from,
    at: request.at,
    organisation: request.organisation,
    tier: request.tier,
    channel: request.channel,
    mailbox: request.mailbox,
    subject: request.subject,
    inHours: request.inHours,
    rules: rules.map(({ rule, outcome, why }) => ({ name: rule, why, ...MARKS[outcome] })),
    decision: { rule: decision.rule, why: decision.why },
    set: [
      { label: 'Level', value: set.level },
      { label: 'Queue', value: set.queue },
      ...(set.team === undefined ? [] : [{ label: 'Team', value: set.team }]),
      ...(set.assignee === undefined ? [] : [{ label: 'Assignee', value: set.assignee }]),
      ...(set.tags === undefined || set.tags.length === 0 ? [] : [{ label: 'Tags', value: set.tags.join(', ') }]),
    ],
    policies: policies.map(({ policy: name, outcome, why }) => ({ name, why, ...MARKS[outcome] })),
    policy,
    calendar,
    clocks: clocks.map(({ metric, targetSeconds, dueAt }) => ({ metric: metricName(metric), targetSeconds, dueAt })),
  };
}

const MARKS = {
  decides: { tone: 'good', symbol: 'circle-check', word: 'decides' },
  holds: { tone: 'good', symbol: 'circle-check', word: 'holds' },
  'too late': { tone: 'soft', symbol: 'circle-dashed', word: 'would match, but comes too late' },
  'does not match': { tone: 'soft', symbol: 'circle-x', word: 'does not match' },
} as const;
