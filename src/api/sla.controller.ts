import { Body, Post } from '@nestjs/common';
import { Problem } from '../platform/problems/problem.js';
import { Simulation, type SimulationGiven } from '../sla/simulation.js';
import { ApiController, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';

const LONGEST_YEARS = 20;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** What the clocks of a ticket would show, by the functions that keep the clocks of real ones. */
@ApiController('sla')
export class SlaController {
  constructor(
    private readonly simulation: Simulation,
    private readonly idempotency: Idempotency,
  ) {}

  @Post('simulate')
  async simulate(@Body() given: SimulationGiven, @Request() request: ApiRequest): Promise<Answer> {
    refuseEndless(given);
    return this.idempotency.once(request, async (tx) => new Answer(200, await this.simulation.run(tx, given)));
  }
}

/** A ledger has a line for each time that a calendar opens or closes. */
function refuseEndless({ events, at }: SimulationGiven): void {
  const instants = [...events.map((event) => event.at), ...at].map((text) => Date.parse(text)).sort((a, b) => a - b);
  if ((instants.at(-1) ?? 0) - (instants[0] ?? 0) <= LONGEST_YEARS * YEAR_MS) return;
  const detail = `must lie within ${LONGEST_YEARS} years, together with the events`;
  throw Problem.invalid('This simulation is too long.', [{ field: 'at', detail }]);
}
