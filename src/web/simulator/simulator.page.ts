import { Injectable } from '@nestjs/common';
import { compileCalendar } from '../../calendar/business-calendar.js';
import { inWords } from '../../desk-file/changes.js';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { readDeskFile } from '../../desk-file/read.js';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { BackTests } from '../../sla/back-test.js';
import type { LedgerLine } from '../../sla/promises.js';
import { Simulation, type SimulationGiven } from '../../sla/simulation.js';
import { Stories, type EventGiven, type Promises } from '../../sla/stories.js';
import { clockChip, metricName, type ClockRow } from '../clock-chip.js';
import { DeskChoices } from '../settings/desk-choices.js';
import { EVENT_TYPES, eventsFrom, instantFrom, inZone, rowsOf, type TimelineRow } from './timeline-rows.js';

/** What is chosen for the policy where a ticket is judged as it was. */
export const AS_IT_WAS = 'as it was promised to the ticket';
const EMPTY_ROWS = 2;
const MOST_MOMENTS = 20;
const LONGEST_MS = 20 * 366 * 24 * 3_600_000;
/** All that decides how clocks are counted here. */
const SECTIONS = ['calendars', 'levels', 'policies'];

export interface SimulatorForm {
  readonly ticket: string;
  readonly policy: string;
  readonly calendar: string;
  readonly file: string;
  readonly moments: string;
  readonly rows: readonly TimelineRow[];
}

type Simulated = Awaited<ReturnType<Simulation['run']>>['results'][number];

const KINDS = {
  counting: { symbol: 'play', label: 'Counting' },
  paused: { symbol: 'pause', label: 'Paused' },
  closed: { symbol: 'moon', label: 'Closed hours' },
} as const satisfies Record<LedgerLine['kind'], object>;

/** A story and its clocks, by the functions that keep the clocks of tickets. */
@Injectable()
export class SimulatorPage {
  constructor(
    private readonly database: Database,
    private readonly simulation: Simulation,
    private readonly stories: Stories,
    private readonly tests: BackTests,
    private readonly files: DeskFiles,
    private readonly choices: DeskChoices,
    private readonly now: Now,
  ) {}

  /** The form at first: a ticket's story, or one to begin with. */
  async begin(user: CurrentUser, { ticket, ...query }: Record<string, unknown>): Promise<SimulatorForm> {
    const number =
      typeof ticket === 'string' && /^#?\d{1,9}$/.test(ticket.trim()) ? ticket.trim().replace('#', '') : '';
    const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '');
    const rows =
      number === ''
        ? example(this.now.read(), user.timezone)
        : await this.database.readOnly(async (tx) => {
            const { events } = await this.stories.ofTicket(tx, Number(number));
            return rowsOf(events, user.timezone);
          });
    return {
      ticket: number,
      policy: text('policy') || (number === '' ? '' : AS_IT_WAS),
      calendar: text('calendar'),
      file: '',
      moments: text('at') || inZone(this.now.read(), user.timezone),
      rows,
    };
  }

  /** The form with what comes of it, or with what is wrong in it. */
  async show(user: CurrentUser, form: SimulatorForm, known: readonly FieldFault[] = []): Promise<object> {
    const told = known.length > 0 ? { faults: known } : await this.tell(user, form);
    const { levels: _, calendars } = await this.choices.read();
    const policies = await this.database.query<{ name: string }>(
      `select name from policy where removed_at is null order by position, name`,
    );
    const faults = 'faults' in told ? told.faults : [];
    const option = (value: string, label: string, chosen: string): object => ({
      value,
      label,
      selected: value === chosen,
    });
    return {
      title: 'Simulator',
      form,
      faults,
      timezone: user.timezone,
      rows: [...form.rows, ...emptyRows()].map((row, i) => ({ ...row, ...rowModel(row, i, faults) })),
      policies: [
        ...(form.ticket === '' ? [] : [option(AS_IT_WAS, `As it was promised to #${form.ticket}`, form.policy)]),
        option('', 'The desk’s, by level', form.policy),
        ...policies.map(({ name }) => option(name, `${name}, for every level`, form.policy)),
      ],
      calendars: [
        option('', 'As the policy and the level say', form.calendar),
        ...calendars.map((name) => option(name, name, form.calendar)),
      ],
      types: EVENT_TYPES.map(([type, label, data]) => ({ type, label, data })),
      insertable: SECTIONS,
      results: 'results' in told ? told.results.map((result) => resultOf(result, user, this.now.read())) : null,
      request: 'body' in told ? JSON.stringify(told.body, null, 2) : null,
    };
  }

  private async tell(
    user: CurrentUser,
    form: SimulatorForm,
  ): Promise<{ faults: readonly FieldFault[] } | { body: SimulationGiven; results: Simulated[] }> {
    const { events, faults } = eventsFrom(form.rows, user.timezone);
    const moments = form.moments.split('\n').filter((line) => line.trim() !== '');
    const at = moments.map((line) => instantFrom(line, user.timezone));
    const found = [...faults, ...faultsOfMoments(moments, at, events)];
    if (found.length > 0) return { faults: found };

    try {
      const promised = await this.promised(user, form, events);
      const body = { ...promised, at: at.flatMap((one) => one?.toISOString() ?? []) };
      const { results } = await this.database.readOnly((tx) => this.simulation.run(tx, body));
      return { body, results };
    } catch (error) {
      if (error instanceof Problem && (error.kind === 'invalid' || error.kind === 'not-found')) {
        return { faults: faultsOf(error) };
      }
      throw error;
    }
  }

  /** By what it is counted: what was promised to the ticket, what the desk promises, or what it would with the desk file. */
  private async promised(
    user: CurrentUser,
    { ticket, policy, calendar, file }: SimulatorForm,
    events: readonly EventGiven[],
  ): Promise<Promises & { events: readonly EventGiven[] }> {
    const number = ticket === '' ? null : Number(ticket);
    if (number !== null && policy === AS_IT_WAS) {
      if (file.trim() !== '') throw refusedFile();
      const was = await this.database.readOnly((tx) => this.stories.asItWas(tx, number));
      // What a level promised is in the policy that was recorded with it.
      const told = events.filter(({ type }) => type !== 'level').map(({ level: _, ...event }) => event);
      if (calendar === '') return { calendar: was.calendar, policies: was.policies, events: [...told, ...was.events] };

      const promises = was.events.filter(({ type }) => type !== 'calendar');
      return { calendar: { name: calendar }, policies: was.policies, events: [...told, ...promises] };
    }
    const read = file.trim() === '' ? null : readDeskFile(file);
    if (read !== null) refuseOthers(read.file);
    const { world } = await this.tests.imagine(async (tx: Transaction) =>
      read === null ? [] : (await this.files.apply(tx, read, user)).map(inWords),
    );
    const writtenOut = (read?.file.calendars ?? []).map(({ name }) => name.trim());
    const traits =
      number === null ? null : (await this.database.readOnly((tx) => this.stories.ofTicket(tx, number))).traits;
    const named = (text: string): string | null => (text === '' || text === AS_IT_WAS ? null : text);
    const promises = this.stories.promisedIn(world, traits, {
      policy: named(policy),
      calendar: named(calendar),
      writtenOut,
    });
    return { ...promises, events };
  }
}

/** What was promised stands in the ticket's history, so nothing of a desk file would count. */
function refusedFile(): Problem {
  const detail = 'What was promised to the ticket is in no desk file. Take this text out, or choose another policy.';
  return Problem.invalid(detail, [{ field: 'file', detail }]);
}

/** Anything else in it would be tried in vain. */
function refuseOthers(file: object): void {
  const others = Object.keys(file).filter((section) => !SECTIONS.includes(section));
  if (others.length === 0) return;

  const detail = `Only ${SECTIONS.join(', ')} count here; leave out ${others.join(', ')}.`;
  throw Problem.invalid(detail, [{ field: 'file', detail }]);
}

function faultsOfMoments(
  lines: readonly string[],
  at: readonly (Date | null)[],
  events: readonly EventGiven[],
): FieldFault[] {
  const field = 'moments';
  if (lines.length === 0) return [{ field, detail: 'Say at which instants you want to look, one a line.' }];
  if (lines.length > MOST_MOMENTS) return [{ field, detail: `Look at ${String(MOST_MOMENTS)} instants at the most.` }];

  const faults = lines.flatMap((line, i) =>
    at[i] === null ? [{ field, detail: `“${line.trim()}” is not an instant; write it like 2026-11-23 17:00.` }] : [],
  );
  const instants = [...events.map((event) => Date.parse(event.at)), ...at.flatMap((one) => one?.getTime() ?? [])];
  const long = Math.max(...instants) - Math.min(...instants) > LONGEST_MS;
  return long ? [...faults, { field, detail: 'All instants must lie within 20 years.' }] : faults;
}

/** Fields of the API's body, told as those of the form. */
function faultsOf({ detail, faults }: Problem): FieldFault[] {
  if (faults.length === 0) return [{ field: 'ticket', detail }];
  return faults.map((fault): FieldFault => {
    const step = /^events\[(\d+)\]/.exec(fault.field)?.[1];
    if (step !== undefined)
      return { field: `data-${step}`, detail: `Step ${String(Number(step) + 1)}: ${fault.detail}` };
    if (fault.field.startsWith('line ')) return { field: 'file', detail: `Desk file, ${fault.field}: ${fault.detail}` };
    const field = ['policy', 'calendar', 'file'].find((one) => fault.field.startsWith(one)) ?? '';
    return { field, detail: fault.detail };
  });
}

const emptyRows = (): TimelineRow[] => Array.from({ length: EMPTY_ROWS }, () => ({ at: '', type: '', data: '' }));

function rowModel({ type }: TimelineRow, i: number, faults: readonly FieldFault[]): object {
  const fields = ['at', 'type', 'data'].map((field) => `${field}-${String(i)}`);
  const fault = faults.find(({ field }) => fields.includes(field));
  return {
    i,
    step: i + 1,
    fault: fault?.detail ?? null,
    hint: EVENT_TYPES.find(([one]) => one === type)?.[2] ?? '',
    options: [
      { value: '', label: '–', selected: type === '' },
      ...EVENT_TYPES.map(([value, label]) => ({ value, label, selected: value === type })),
    ],
  };
}

/** A story to begin with: asked, answered, waiting, asked again. */
function example(now: Date, zone: string): TimelineRow[] {
  const day = inZone(new Date(now.getTime() - 24 * 3_600_000), zone).slice(0, 10);
  return [
    { at: `${day} 09:00`, type: 'created', data: 'by: customer, level: L3' },
    { at: `${day} 10:30`, type: 'agentReply', data: '' },
    { at: `${day} 10:30`, type: 'status', data: 'status: waiting' },
    { at: `${day} 14:15`, type: 'customerMessage', data: '' },
    { at: `${day} 14:15`, type: 'status', data: 'status: open' },
  ];
}

function resultOf({ at, clocks }: Simulated, { timezone }: CurrentUser, now: Date): object {
  const seen = new Date(at);
  return {
    at: seen,
    past: seen <= now,
    clocks: clocks.map((clock, i) => {
      const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
      const row: ClockRow = {
        id: String(i),
        ticket: 0,
        metric: clock.metric,
        cycle: clock.cycle,
        state: clock.state,
        targetSeconds: clock.targetSeconds,
        elapsedSeconds: clock.elapsedSeconds,
        countingSince: null,
        dueAt: date(clock.dueAt),
        stoppedAt: date(clock.stoppedAt),
        breachedAt: date(clock.breachedAt),
        warnAt: null,
      };
      const name = clock.cycle === 1 ? metricName(clock.metric) : `${metricName(clock.metric)}, ${String(clock.cycle)}`;
      return {
        ...clock,
        name,
        id: `${at}-${clock.metric}-${String(clock.cycle)}`,
        // It stands still, as the instant does.
        chip: { ...clockChip(row, UTC, { now: seen, timezone }), live: null },
        ledger: clock.ledger.map((line) => ({ ...line, ...KINDS[line.kind] })),
      };
    }),
  };
}

/** The chip of an instant that does not pass asks no calendar. */
const UTC = compileCalendar({ timezone: 'UTC', week: { mon: [['00:00', '24:00']] } });
