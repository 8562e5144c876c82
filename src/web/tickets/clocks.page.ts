import { Injectable } from '@nestjs/common';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { fullTime } from '../../platform/rendering/times.js';
import { Now } from '../../platform/time/now.js';
import { Clocks, type ClockWithLedger } from '../../sla/clocks.js';
import type { LedgerLine, Metric } from '../../sla/promises.js';
import { metricName } from '../clock-chip.js';

interface ClockEvent {
  readonly at: Date;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metric: Metric;
  readonly cycle: number;
}

const KINDS = {
  counting: { symbol: 'play', label: 'Counting' },
  paused: { symbol: 'pause', label: 'Paused' },
  closed: { symbol: 'moon', label: 'Closed hours' },
} as const satisfies Record<LedgerLine['kind'], object>;

const STATES: Record<ClockWithLedger['state'], string> = {
  running: 'running',
  paused: 'paused',
  met: 'met',
  breached: 'missed',
  cancelled: 'cancelled',
};

/** Every clock of a ticket with its account: each stretch of time, what it was, and why. */
@Injectable()
export class TicketClocksPage {
  constructor(
    private readonly database: Database,
    private readonly clocks: Clocks,
    private readonly now: Now,
  ) {}

  async read(user: CurrentUser, number: number): Promise<object> {
    const [ticket] = await this.database.query<{ subject: string }>(`select subject from ticket where number = $1`, [
      number,
    ]);
    if (ticket === undefined) throw Problem.notFound(`There is no ticket #${number}.`);

    const at = this.now.read();
    const [clocks, events] = await Promise.all([this.clocks.explained(this.database, number, at), this.events(number)]);
    return {
      title: `Clocks of #${number}`,
      number,
      subject: ticket.subject,
      at,
      clocks: clocks.map((clock) => ({
        ...clock,
        id: `${clock.metric}-${clock.cycle}`,
        name: clock.cycle === 1 ? metricName(clock.metric) : `${metricName(clock.metric)}, no. ${clock.cycle}`,
        stateWords: clock.breachedAt !== null && clock.stoppedAt === null ? 'overdue' : STATES[clock.state],
        ledger: clock.ledger.map((line) => ({ ...line, ...KINDS[line.kind] })),
        events: events
          .filter(({ metric, cycle }) => metric === clock.metric && cycle === clock.cycle)
          .map((event) => ({ at: event.at, words: eventWords(event, user.timezone) })),
      })),
    };
  }

  private async events(number: number): Promise<ClockEvent[]> {
    return this.database.query<ClockEvent>(
      `select clock_event.at, clock_event.type, clock_event.data, clock.metric, clock.cycle
       from clock_event join clock on clock.id = clock_event.clock_id
       where clock_event.ticket_number = $1 and clock.withdrawn_at is null order by clock_event.id`,
      [number],
    );
  }
}

function eventWords({ type, data }: ClockEvent, zone: string): string {
  const when = (key: string): string =>
    typeof data[key] === 'string' ? fullTime(new Date(data[key]), zone) : 'no instant';
  const words = (key: string): string =>
    typeof data[key] === 'string' || typeof data[key] === 'number' ? String(data[key]) : '';
  switch (type) {
    case 'started':
      return `Started; due ${when('dueAt')}`;
    case 'warned':
      return `Warned: ${words('percent')} % of the time is used`;
    case 'breached':
      return data['because'] === 'reclassification'
        ? 'Breached by reclassification'
        : 'Breached: the due instant went by';
    case 'retracted':
      return 'The breach was taken back: it was in time after all';
    case 'moved':
      return `Due moved from ${when('from')} to ${when('to')}${words('why') === '' ? '' : `: ${words('why')}`}`;
    case 'paused':
      return `Paused: the ticket is ${words('in')}`;
    case 'resumed':
      return `Resumed; due ${when('dueAt')}`;
    case 'stopped':
      return `Stopped: ${words('outcome') === 'breached' ? 'too late' : 'in time'}`;
    case 'reopened':
      return `Goes on; due ${when('dueAt')}`;
    case 'cancelled':
      return 'Cancelled: nothing is owed';
    case 'restored':
      return `Taken up again; due ${when('dueAt')}`;
    default:
      return type;
  }
}
