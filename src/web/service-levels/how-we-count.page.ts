import { Injectable } from '@nestjs/common';
import { DeskStore } from '../../desk/desk.store.js';
import { Database } from '../../platform/database/database.js';
import type { LedgerLine, Metric } from '../../sla/promises.js';
import { Simulation, type SimulationGiven } from '../../sla/simulation.js';
import { metricName } from '../clock-chip.js';

const OFFICE: [string, string][] = [['09:00', '17:00']];

/** A ticket that shows all that there is to see: a weekend, a pause, an answer in time, a solution too late. */
const EXAMPLE: SimulationGiven = {
  calendar: {
    name: 'Office',
    timezone: 'Europe/Berlin',
    week: { mon: OFFICE, tue: OFFICE, wed: OFFICE, thu: OFFICE, fri: OFFICE },
  },
  policy: { name: 'Standard', targets: { firstResponse: 240, resolution: 480 } },
  events: [
    { at: '2026-06-05T15:30:00+02:00', type: 'created', by: 'customer' },
    { at: '2026-06-08T10:15:00+02:00', type: 'agentReply' },
    { at: '2026-06-08T10:15:00+02:00', type: 'status', status: 'waiting' },
    { at: '2026-06-08T14:00:00+02:00', type: 'customerMessage' },
    { at: '2026-06-08T14:00:00+02:00', type: 'status', status: 'open' },
    { at: '2026-06-09T13:00:00+02:00', type: 'agentReply' },
    { at: '2026-06-09T13:00:00+02:00', type: 'status', status: 'resolved' },
  ],
  at: ['2026-06-09T13:00:00+02:00'],
};

const HAPPENS: readonly { readonly at: string; readonly words: string }[] = [
  { at: '2026-06-05T15:30:00+02:00', words: 'A customer writes. First response within 4 hours, resolution within 8.' },
  { at: '2026-06-08T10:15:00+02:00', words: 'We answer with a question: the ticket waits for the customer.' },
  { at: '2026-06-08T14:00:00+02:00', words: 'The customer answers: it is our turn again.' },
  { at: '2026-06-09T13:00:00+02:00', words: 'We solve it.' },
];

const KINDS: Record<LedgerLine['kind'], string> = { counting: 'Counting', paused: 'Paused', closed: 'Closed' };
const SHOWN: readonly Metric[] = ['firstResponse', 'resolution'];

/** How time is counted, in plain words, with an example counted by the very functions that count it for real tickets. */
@Injectable()
export class HowWeCountPage {
  constructor(
    private readonly database: Database,
    private readonly desk: DeskStore,
    private readonly simulation: Simulation,
  ) {}

  async read(): Promise<object> {
    const { results } = await this.simulation.run(this.database, EXAMPLE);
    const clocks = results[0]?.clocks ?? [];
    return {
      title: 'How we count time',
      desk: await this.desk.read(),
      zone: 'Europe/Berlin',
      happens: HAPPENS.map(({ at, words }) => ({ at: new Date(at), words })),
      clocks: clocks
        .filter(({ metric }) => SHOWN.includes(metric))
        .map((clock) => ({
          ...clock,
          name: metricName(clock.metric),
          met: clock.state === 'met',
          ledger: clock.ledger.map((line) => ({ ...line, what: KINDS[line.kind] })),
        })),
    };
  }
}
