import { Body, Post } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { calendarsNamedIn, simulate, SimulationFault, type Simulation, type SimulationResult } from '../sla/clock/simulate.js';
import { ApiController, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { GivenCalendars } from './given-calendar.js';
import { Idempotency } from './idempotency.js';

const LONGEST_YEARS = 20;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** What the clocks of a ticket would show, by the functions that keep the clocks of real ones. */
@ApiController('sla')
export class SlaController {
  constructor(
    private readonly calendars: GivenCalendars,
    private readonly idempotency: Idempotency,
  ) {}

  @Post('simulate')
  async simulate(@Body() simulation: Simulation, @Request() request: ApiRequest): Promise<Answer> {
    refuseEndless(simulation);
    return this.idempotency.once(request, async (tx) => new Answer(200, { results: await this.run(tx, simulation) }));
  }

  private async run(tx: Transaction, simulation: Simulation): Promise<SimulationResult[]> {
    const stored = new Map<string, Awaited<ReturnType<GivenCalendars['named']>>>();
    for (const name of calendarsNamedIn(simulation)) stored.set(name, await this.calendars.named(tx, name, 'calendar'));
    try {
      return simulate(simulation, (name) => stored.get(name));
    } catch (error) {
      if (!(error instanceof SimulationFault)) throw error;
      throw Problem.invalid(`${error.field} ${error.detail}`, [{ field: error.field, detail: error.detail }]);
    }
  }
}

/** A ledger has a line for each time that a calendar opens or closes. */
function refuseEndless({ events, at }: Simulation): void {
  const instants = [...events.map((event) => Date.parse(event.at)), ...at.map((instant) => Date.parse(instant))];
  const span = instants.reduce((last, instant) => Math.max(last, instant), -Infinity) - instants.reduce((first, instant) => Math.min(first, instant), Infinity);
  if (span <= LONGEST_YEARS * YEAR_MS) return;
  throw Problem.invalid('This simulation is too long.', [{ field: 'at', detail: `must lie within ${LONGEST_YEARS} years of the events` }]);
}
