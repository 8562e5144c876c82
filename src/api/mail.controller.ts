import { Body, Get, Param, Post, Query } from '@nestjs/common';
import { MailIntake } from '../mail/mail-intake.js';
import { MailLog, type LoggedMail, type MailQuery } from '../mail/mail-log.js';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { Now } from '../platform/time/now.js';
import { ApiController, Request } from './api-controller.js';
import { API_ROOT } from './contract.js';
import { Answer, type ApiRequest } from './exchange.js';
import { Idempotency } from './idempotency.js';
import { Cursors, isIndex, limitOf, type Page, type PageQuery } from './paging.js';

const copies = new Cursors('mail with equal bytes', isIndex);

/** Raw mail comes in here as by SMTP; what became of it can be read. */
@ApiController('mail')
export class MailController {
  constructor(
    private readonly intake: MailIntake,
    private readonly log: MailLog,
    private readonly idempotency: Idempotency,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  @Get()
  async list(@Query() query: MailQuery & PageQuery): Promise<Page<LoggedMail>> {
    return query.sha256 === undefined ? this.log.list(query) : this.copies(query.sha256, query);
  }

  @Post()
  async receive(@Body() raw: Buffer, @Request() request: ApiRequest): Promise<Answer> {
    const envelopeTo = String(request.headers['x-envelope-to'])
      .split(',')
      .map((address) => address.trim());
    if (raw.length === 0) throw Problem.invalid('The mail is empty.', [{ field: '', detail: 'The mail is empty' }]);
    return this.idempotency.once(request, async (tx) => {
      const mail = await this.intake.acceptIn(tx, {
        raw,
        channel: 'http',
        envelopeFrom: String(request.headers['x-envelope-from']),
        envelopeTo: envelopeTo.filter((address) => address !== ''),
        receivedAt: this.now.read(),
      });
      return new Answer(202, mail, { location: `${API_ROOT}/mail/${mail.id}` });
    });
  }

  @Get(':id')
  async one(@Param('id') id: string): Promise<LoggedMail> {
    const mail = await this.log.find(id);
    if (mail === null) throw Problem.notFound('There is no such mail.');
    return mail;
  }

  @Get(':id/raw')
  async raw(@Param('id') id: string): Promise<Answer> {
    const raw = await this.log.raw(id);
    if (raw === null) throw Problem.notFound('There is no such mail.');
    return new Answer(200, raw, {
      'content-type': 'message/rfc822',
      'content-disposition': `attachment; filename="${id}.eml"`,
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    });
  }

  @Post(':id/retry')
  async retry(@Param('id') id: string, @Request() request: ApiRequest): Promise<Answer> {
    return this.idempotency.once(request, async (tx) => {
      await this.log.retry(tx, id);
      return new Answer(202, await this.log.find(id, tx));
    });
  }

  /** Equal bytes are few: all are read, and shown page by page. */
  private async copies(sha256: string, query: MailQuery & PageQuery): Promise<Page<LoggedMail>> {
    const all = await this.log.findBySha256(sha256);
    const wanted = all.filter(
      ({ outcome, ticket }) => (query.outcome ?? outcome) === outcome && (query.ticket ?? ticket) === ticket,
    );
    const start = copies.read(query) ?? 0;
    const limit = limitOf(query);
    const rows = wanted.slice(start, start + limit + 1);
    return copies.page(
      rows,
      limit,
      () => start + limit,
      (mail) => mail,
    );
  }
}
