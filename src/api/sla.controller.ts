import { Body, Post } from '@nestjs/common';
import { inWords, type Change } from '../desk-file/changes.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import { readPiece } from '../desk-file/read.js';
import type { CurrentUser } from '../identity/current-user.js';
import { Problem } from '../platform/problems/problem.js';
import { impactInWords } from '../sla/impact-in-words.js';
import { Rehearsal } from '../sla/rehearsal.js';
import { Simulation, type SimulationGiven } from '../sla/simulation.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';

const LONGEST_YEARS = 20;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

/** What the clocks of a ticket would show, and what a change would do to all of them, by the functions that keep the clocks of real ones. */
@ApiController('sla')
export class SlaController {
  constructor(
    private readonly simulation: Simulation,
    private readonly rehearsal: Rehearsal,
    private readonly deskFiles: DeskFiles,
    private readonly idempotency: Idempotency,
  ) {}

  @Post('simulate')
  async simulate(@Body() given: SimulationGiven, @Request() request: ApiRequest): Promise<Answer> {
    refuseEndless(given);
    return this.idempotency.once(request, async (tx) => new Answer(200, await this.simulation.run(tx, given)));
  }

  /** What a desk file would change, and what that would do to running clocks. Nothing is changed. */
  @Post('preview')
  async preview(@Body() file: object, @Caller() caller: CurrentUser, @Request() request: ApiRequest): Promise<Answer> {
    const read = readPiece(file);
    return this.idempotency.once(request, async () => {
      let changes: Change[] = [];
      const { examples, ...impact } = await this.rehearsal.of(async (tx) => {
        changes = await this.deskFiles.apply(tx, read, caller);
      });
      const summary = impactInWords({ ...impact, examples });
      return new Answer(200, {
        changes: changes.map((change) => ({ ...change, summary: inWords(change) })),
        impact: { summary, ...impact, examples },
      });
    });
  }
}

/** A ledger has a line for each time that a calendar opens or closes. */
function refuseEndless({ events, at }: SimulationGiven): void {
  const instants = [...events.map((event) => event.at), ...at].map((text) => Date.parse(text)).sort((a, b) => a - b);
  if ((instants.at(-1) ?? 0) - (instants[0] ?? 0) <= LONGEST_YEARS * YEAR_MS) return;
  const detail = `must lie within ${LONGEST_YEARS} years, together with the events`;
  throw Problem.invalid('This simulation is too long.', [{ field: 'at', detail }]);
}
