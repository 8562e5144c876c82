import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { DeliveryLog, type Delivery } from '../../webhooks/delivery-log.js';
import { Webhooks } from '../../webhooks/webhooks.js';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { deliveriesOf, DELIVERY_STATES, deliveryMark, pathOfWebhook } from './webhook-words.js';

const PER_PAGE = 50;
/** So far back everything that was given up is sent again, by one press. */
const REPLAY_DAYS = 30;

/** What a webhook was told, how that went, and telling it again. */
@Roles('admin')
@Controller('admin/webhooks')
export class WebhookDeliveriesPages {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly webhooks: Webhooks,
    private readonly log: DeliveryLog,
    private readonly now: Now,
  ) {}

  @Get(':name/deliveries')
  async list(
    @Param('name') name: string,
    @Res() reply: FastifyReply,
    @Query('state') asked?: unknown,
    @Query('before') before?: unknown,
  ): Promise<void> {
    const state = DELIVERY_STATES.find((one) => one.name === asked)?.name;
    const after = placeIn(before);
    const found = await this.database.readOnly(async (tx) => {
      const known = (await this.webhooks.all(tx)).some((webhook) => webhook.name === name);
      if (!known) throw Problem.notFound(`There is no webhook named ${name}.`);
      return this.log.list(tx, {
        ...{ webhook: name, limit: PER_PAGE + 1 },
        ...(state !== undefined && { state }),
        ...(after !== null && { after }),
      });
    });
    const rows = found.slice(0, PER_PAGE);
    const last = rows.at(-1);
    const path = deliveriesOf(name);
    await this.pages.show(reply, 'webhooks/deliveries', {
      ...{ title: `What ${name} was told`, name, back: pathOfWebhook(name), path },
      state: state ?? null,
      states: DELIVERY_STATES.map((one) => ({
        label: one.label,
        href: `${path}?state=${one.name}`,
        current: one.name === state,
      })),
      rows: rows.map((delivery) => ({
        ...delivery,
        href: `${path}/${delivery.id}`,
        mark: deliveryMark(delivery.state),
      })),
      next: found.length > PER_PAGE && last !== undefined ? `${path}?${pageAfter(last, state)}` : null,
      replay: state === 'failed' && rows.length > 0 ? `${pathOfWebhook(name)}/replay` : null,
    });
  }

  @Get(':name/deliveries/:id')
  async one(@Param('name') name: string, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const delivery = await this.log.find(this.database, name, id);
    if (delivery === null) throw Problem.notFound('There is no such delivery.');
    await this.pages.show(reply, 'webhooks/delivery', {
      ...delivery,
      ...{ title: delivery.type, name, back: deliveriesOf(name), replay: `${deliveriesOf(name)}/${id}/replay` },
      mark: deliveryMark(delivery.state),
      shown: JSON.stringify(JSON.parse(delivery.body), null, 2),
    });
  }

  @Post(':name/deliveries/:id/replay')
  async replay(
    @Param('name') name: string,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.database.transaction((tx) => this.log.replay(tx, name, id, userOf(request)));
    await this.pages.go(reply, `${deliveriesOf(name)}/${id}`, { tone: 'good', text: 'It is sent again.' });
  }

  @Post(':name/replay')
  async replayFailed(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const since = new Date(this.now.read().getTime() - REPLAY_DAYS * 86_400_000);
    const count = await this.database.transaction((tx) => this.log.replayFailed(tx, name, since, userOf(request)));
    const text = count === 1 ? 'One delivery is sent again.' : `${count} deliveries are sent again.`;
    await this.pages.go(reply, deliveriesOf(name), { tone: 'good', text });
  }

  @Post(':name/test')
  async test(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id } = await this.database.transaction((tx) => this.log.test(tx, name, userOf(request)));
    await this.pages.go(reply, `${deliveriesOf(name)}/${id}`, {
      tone: 'good',
      text: 'A test is on its way; reload this page to see what came of it.',
    });
  }
}

function pageAfter({ createdAt, id }: Delivery, state: string | undefined): string {
  const before = `${createdAt.toISOString()} ${id}`;
  return new URLSearchParams({ ...(state !== undefined && { state }), before }).toString();
}

function placeIn(text: unknown): { createdAt: Date; id: string } | null {
  if (typeof text !== 'string') return null;
  const [moment = '', id = ''] = text.split(' ');
  const createdAt = new Date(moment);
  return Number.isNaN(createdAt.getTime()) || !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)
    ? null
    : { createdAt, id };
}
