import { Get, Param, Post, Query } from '@nestjs/common';
import { Acknowledgement } from '../escalation/acknowledgement.js';
import { IncidentLog, type IncidentRecord } from '../escalation/incident-log.js';
import type { IncidentState } from '../escalation/incident.entity.js';
import type { CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { Clocks } from '../sla/clocks.js';
import type { ClockJson } from '../sla/promises.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import { Cursors, limitOf, type Page, type PageQuery } from './paging.js';
import { incidentJson, type IncidentJson } from './shapes/incident.js';

interface IncidentsQuery extends PageQuery {
  readonly state?: IncidentState;
  readonly ticket?: number;
}

type Asked = Pick<Transaction, 'query'>;
type Place = readonly [openedAt: string, id: string];

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const cursors = new Cursors<Place>('incidents', (value): value is Place => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [openedAt, id] = value as unknown[];
  return typeof openedAt === 'string' && !Number.isNaN(Date.parse(openedAt)) && typeof id === 'string' && UUID.test(id);
});

/** Broken promises, who was told, and the word that somebody is on it. */
@ApiController('incidents')
export class IncidentsController {
  constructor(
    private readonly log: IncidentLog,
    private readonly acknowledgement: Acknowledgement,
    private readonly clocks: Clocks,
    private readonly idempotency: Idempotency,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  @Get()
  async list(@Query() query: IncidentsQuery): Promise<Page<IncidentJson>> {
    const place = cursors.read(query);
    const limit = limitOf(query);
    const rows = await this.log.list({
      limit: limit + 1,
      ...(query.state !== undefined && { state: query.state }),
      ...(query.ticket !== undefined && { ticket: query.ticket }),
      ...(place !== null && { after: { openedAt: new Date(place[0]), id: place[1] } }),
    });
    const { items, nextCursor } = cursors.page(
      rows,
      limit,
      ({ openedAt, id }) => [openedAt.toISOString(), id],
      (row) => row,
    );
    return { items: await this.withClocks(this.database, items), nextCursor };
  }

  @Get(':id')
  async one(@Param('id') id: string): Promise<IncidentJson> {
    return this.find(this.database, id);
  }

  @Post(':id/acknowledgement')
  async acknowledge(
    @Param('id') id: string,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      await this.acknowledgement.byUser(tx, id, caller, 'api');
      return new Answer(200, await this.find(tx, id));
    });
  }

  private async find(asked: Asked, id: string): Promise<IncidentJson> {
    const incident = await this.log.find(id, asked);
    const [shown] = incident === null ? [] : await this.withClocks(asked, [incident]);
    if (shown === undefined) throw Problem.notFound('There is no such incident.');
    return shown;
  }

  private async withClocks(asked: Asked, incidents: readonly IncidentRecord[]): Promise<IncidentJson[]> {
    const at = this.now.read();
    const clocks = await this.clocks.of(asked, [...new Set(incidents.map(({ ticket }) => ticket))], at);
    return Promise.all(
      incidents.map(async (incident) => {
        if (incident.clock === null) return incidentJson(incident, null);
        const { id, metric, cycle } = incident.clock;
        const ofTicket = clocks.get(incident.ticket) ?? [];
        const clock: ClockJson | null =
          ofTicket.find((one) => one.metric === metric && one.cycle === cycle) ??
          (await this.clocks.byId(asked, id, at));
        if (clock === null) throw new Error(`The clock ${id} of incident ${incident.id} is gone.`);
        return incidentJson(incident, clock);
      }),
    );
  }
}
