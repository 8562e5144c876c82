import { Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MailLog, type LoggedMail, type MailOutcome } from '../../mail/mail-log.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { sendFile } from '../foreign-content.js';
import { Pages } from '../pages.js';

const OUTCOMES: Record<MailOutcome, { readonly label: string; readonly symbol: string }> = {
  pending: { label: 'Being read', symbol: 'clock' },
  opened: { label: 'Opened a ticket', symbol: 'circle-plus' },
  appended: { label: 'Joined a ticket', symbol: 'corner-down-right' },
  automatic: { label: 'Automatic', symbol: 'bot' },
  bounce: { label: 'Bounce', symbol: 'undo-2' },
  duplicate: { label: 'Duplicate', symbol: 'copy' },
  dropped: { label: 'Our own', symbol: 'refresh-ccw' },
  quarantined: { label: 'Quarantined', symbol: 'shield-alert' },
};
const BY = {
  token: 'the token in the address',
  reference: 'a reference to an earlier mail',
  subject: 'the number in the subject',
} as const;

/** Every mail that came in, what was made of it, and why. */
@Roles('admin')
@Controller('admin/mail')
export class MailLogController {
  constructor(
    private readonly pages: Pages,
    private readonly log: MailLog,
    private readonly database: Database,
  ) {}

  @Get()
  async list(
    @Res() reply: FastifyReply,
    @Query('outcome') asked?: unknown,
    @Query('cursor') cursor?: unknown,
  ): Promise<void> {
    const outcome = isOutcome(asked) ? asked : null;
    const { items, nextCursor } = await this.log.list({
      ...(outcome !== null && { outcome }),
      ...(typeof cursor === 'string' && cursor !== '' && { cursor }),
    });
    await this.pages.show(reply, 'mail-log/list', {
      title: 'Mail that came in',
      outcome,
      outcomes: (Object.keys(OUTCOMES) as MailOutcome[]).map((name) => ({
        ...OUTCOMES[name],
        href: `/admin/mail?outcome=${name}`,
        current: name === outcome,
      })),
      rows: items.map((mail) => ({ ...about(mail), href: `/admin/mail/${mail.id}` })),
      next:
        nextCursor === null
          ? null
          : `/admin/mail?${new URLSearchParams({ ...(outcome !== null && { outcome }), cursor: nextCursor }).toString()}`,
    });
  }

  @Get(':id')
  async show(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const mail = await this.find(id);
    const raw = await this.log.raw(id);
    await this.pages.show(reply, 'mail-log/mail', {
      ...about(mail),
      title: mail.subject ?? 'A mail that could not be read',
      raw: `/admin/mail/${mail.id}/raw`,
      retry: mail.outcome === 'quarantined' ? `/admin/mail/${mail.id}/retry` : null,
      joinedBy: mail.threadedBy === null ? null : BY[mail.threadedBy],
      head: raw === null ? '' : headOf(raw),
    });
  }

  @Get(':id/raw')
  async raw(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    await this.find(id);
    await sendFile(reply, { filename: `${id}.eml`, contentType: 'message/rfc822' }, await this.log.raw(id));
  }

  @Post(':id/retry')
  async retry(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    await this.database.transaction((tx) => this.log.retry(tx, id));
    await this.pages.go(reply, `/admin/mail/${id}`, { tone: 'good', text: 'It is being read once more.' });
  }

  private async find(id: string): Promise<LoggedMail> {
    const mail = await this.log.find(id);
    if (mail === null) throw Problem.notFound('There is no such mail.');
    return mail;
  }
}

function isOutcome(value: unknown): value is MailOutcome {
  return typeof value === 'string' && Object.hasOwn(OUTCOMES, value);
}

function about(mail: LoggedMail): object {
  const { from, to, cc } = mail;
  return {
    ...mail,
    mark: { name: mail.outcome, ...OUTCOMES[mail.outcome] },
    sender: from === null ? 'nobody known' : from.name === '' ? from.email : `${from.name} <${from.email}>`,
    recipients: [...to, ...cc].map(({ email }) => email).join(', '),
    checks: (['spf', 'dkim', 'dmarc'] as const).map((name) => ({
      name: name.toUpperCase(),
      verdict: mail.authentication[name] ?? 'not checked',
    })),
  };
}

const MOST_HEAD = 16_000;

/** The headers as they came, up to the empty line (RFC 5322 §2.1). */
function headOf(raw: Buffer): string {
  const text = raw.subarray(0, MOST_HEAD).toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? text : text.slice(0, end.index);
}
