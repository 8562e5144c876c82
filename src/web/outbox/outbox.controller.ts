import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Outbox, type DeliveryState } from '../../mail/outbox.js';
import { shownHtml } from '../../mail/shown-html.js';
import { Problem } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { sendForeignHtml } from '../foreign-content.js';
import { Pages } from '../pages.js';

const STATES: readonly { readonly name: DeliveryState; readonly label: string; readonly symbol: string }[] = [
  { name: 'queued', label: 'Queued', symbol: 'clock' },
  { name: 'sent', label: 'Sent', symbol: 'send' },
  { name: 'bounced', label: 'Bounced', symbol: 'undo-2' },
  { name: 'failed', label: 'Failed', symbol: 'circle-alert' },
];

/** What the desk has written. Where there is no relay, this is where it is read. */
@Roles('admin')
@Controller('admin/outbox')
export class OutboxController {
  constructor(
    private readonly pages: Pages,
    private readonly outbox: Outbox,
  ) {}

  @Get()
  async list(
    @Res() reply: FastifyReply,
    @Query('state') asked?: unknown,
    @Query('cursor') cursor?: unknown,
  ): Promise<void> {
    const state = STATES.find(({ name }) => name === asked)?.name;
    const { items, nextCursor } = await this.outbox.list({
      ...(state !== undefined && { state }),
      ...(typeof cursor === 'string' && cursor !== '' && { cursor }),
    });
    const query = (changes: Record<string, string>): string =>
      `/admin/outbox?${new URLSearchParams({ ...(state !== undefined && { state }), ...changes }).toString()}`;
    await this.pages.show(reply, 'outbox/list', {
      title: 'Outbox',
      state: state ?? null,
      states: STATES.map((one) => ({ ...one, href: `/admin/outbox?state=${one.name}`, current: one.name === state })),
      rows: items.map((letter) => ({
        ...letter,
        href: `/admin/outbox/${letter.id}`,
        to: [...letter.recipients, ...letter.cc].map(({ email }) => email).join(', '),
        mark: markOf(letter),
      })),
      next: nextCursor === null ? null : query({ cursor: nextCursor }),
    });
  }

  @Get(':id')
  async show(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const letter = await this.find(id);
    await this.pages.show(reply, 'outbox/letter', {
      ...letter,
      title: letter.subject,
      from: written([letter.sender]),
      to: written(letter.recipients),
      copies: written(letter.cc),
      mark: markOf(letter),
      headerRows: Object.entries(letter.headers).map(([name, value]) => ({ name, value })),
      frame: letter.html === null ? null : `/admin/outbox/${letter.id}/html`,
    });
  }

  /** For the frame on the letter's page. */
  @Get(':id/html')
  async html(@Res() reply: FastifyReply, @Param('id') id: string, @Query('images') asked?: string): Promise<void> {
    const { html } = await this.find(id);
    const remoteImages = asked === '1';
    await sendForeignHtml(reply, shownHtml(html ?? '', { remote: remoteImages }), { remoteImages });
  }

  private async find(id: string): Promise<NonNullable<Awaited<ReturnType<Outbox['find']>>>> {
    const letter = await this.outbox.find(id);
    if (letter === null) throw Problem.notFound('There is no such letter.');
    return letter;
  }
}

function markOf({ state, captured }: { state: DeliveryState; captured: boolean }): {
  symbol: string;
  label: string;
  state: DeliveryState;
} {
  const { label, symbol } = STATES.find(({ name }) => name === state) ?? { label: state, symbol: 'mail' };
  return captured && state === 'sent' ? { state, symbol: 'archive', label: 'Kept here' } : { state, symbol, label };
}

function written(people: readonly { readonly email: string; readonly name: string }[]): string {
  return people.map(({ email, name }) => (name === '' ? email : `${name} <${email}>`)).join(', ');
}
