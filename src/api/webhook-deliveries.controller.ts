import { Body, Get, Param, Post, Query } from '@nestjs/common';
import type { CurrentUser } from '../identity/current-user.js';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { DeliveryLog, type Delivery, type DeliveryInFull } from '../webhooks/delivery-log.js';
import type { DeliveryState } from '../webhooks/webhook-delivery.entity.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { ApiController, Caller, Request } from './api-controller.js';
import { API_ROOT } from './contract.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import { Cursors, limitOf, type Page, type PageQuery } from './paging.js';

interface DeliveriesQuery extends PageQuery {
  readonly state?: DeliveryState;
}

type Place = readonly [createdAt: string, id: string];

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const cursors = new Cursors<Place>('webhook deliveries', (value): value is Place => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [createdAt, id] = value as unknown[];
  return (
    typeof createdAt === 'string' && !Number.isNaN(Date.parse(createdAt)) && typeof id === 'string' && UUID.test(id)
  );
});

/** What a webhook was told and how that went; its tests and its replays. */
@ApiController('webhooks')
export class WebhookDeliveriesController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
    private readonly idempotency: Idempotency,
    private readonly database: Database,
  ) {}

  @Post(':name/test')
  async test(
    @Param('name') name: string,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      const delivery = await this.log.test(tx, name, caller);
      const location = `${API_ROOT}/webhooks/${encodeURIComponent(name)}/deliveries/${delivery.id}`;
      return new Answer(202, delivery, { location });
    });
  }

  @Post(':name/replay')
  async replayFailed(
    @Param('name') name: string,
    @Body() { since }: { since: string },
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      const count = await this.log.replayFailed(tx, name, new Date(since), caller);
      return new Answer(202, { count });
    });
  }

  @Get(':name/deliveries')
  async list(@Param('name') name: string, @Query() query: DeliveriesQuery): Promise<Page<Delivery>> {
    const place = cursors.read(query);
    const limit = limitOf(query);
    const rows = await this.database.readOnly(async (tx) => {
      const known = (await this.webhooks.all(tx)).some((webhook) => webhook.name === name);
      if (!known) throw Problem.notFound(`There is no webhook named ${name}.`);
      return this.log.list(tx, {
        webhook: name,
        limit: limit + 1,
        ...(query.state !== undefined && { state: query.state }),
        ...(place !== null && { after: { createdAt: new Date(place[0]), id: place[1] } }),
      });
    });
    return cursors.page(
      rows,
      limit,
      ({ createdAt, id }) => [createdAt.toISOString(), id],
      (row) => row,
    );
  }

  @Get(':name/deliveries/:id')
  async one(@Param('name') name: string, @Param('id') id: string): Promise<DeliveryInFull> {
    const delivery = await this.log.find(this.database, name, id);
    if (delivery === null) throw Problem.notFound('There is no such delivery.');
    return delivery;
  }

  @Post(':name/deliveries/:id/replay')
  async replay(
    @Param('name') name: string,
    @Param('id') id: string,
    @Caller() caller: CurrentUser,
    @Request() request: ApiRequest,
  ): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => new Answer(202, await this.log.replay(tx, name, id, caller)));
  }
}
