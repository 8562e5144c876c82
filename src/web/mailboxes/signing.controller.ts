import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../../identity/audit.js';
import { DkimKeys, type DkimKey } from '../../mail/dkim-keys.js';
import { domainOf } from '../../mail/mailboxes.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { MailboxesPage, pathOfMailbox } from './mailboxes.page.js';

/** The key that signs the letters of a mailbox's domain, the record that DNS needs for it, and whether it has it. */
@Roles('admin')
@Controller('admin/mailboxes/:address/signing')
export class SigningController {
  constructor(
    private readonly pages: Pages,
    private readonly page: MailboxesPage,
    private readonly keys: DkimKeys,
    private readonly audit: Audit,
    private readonly database: Database,
  ) {}

  @Get()
  @Roles('manager')
  async show(@Param('address') given: string, @Res() reply: FastifyReply): Promise<void> {
    const { address, domain, path } = await this.find(given);
    const key = (await this.keys.all()).find((one) => one.domain === domain) ?? null;
    await this.pages.show(reply, 'mailboxes/signing', {
      title: `Signed letters of ${domain}`,
      ...{ address, domain, key },
      back: pathOfMailbox(address),
      making: path,
      checking: `${path}/check`,
      removal: `${path}/removal`,
    });
  }

  @Post()
  async make(
    @Param('address') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { domain, path } = await this.find(given);
    await this.database.transaction(async (tx) => {
      const { selector } = await this.keys.make(tx, domain);
      const by = userOf(request);
      await this.audit.record(tx, { by, action: 'dkim-key.made', subject: `domain ${domain}`, data: { selector } });
    });
    await this.pages.go(reply, path, { tone: 'good', text: 'There is a key. Put its record into the DNS.' });
  }

  @Post('check')
  async check(@Param('address') given: string, @Res() reply: FastifyReply): Promise<void> {
    const { domain, path } = await this.find(given);
    await this.pages.go(reply, path, finding(await this.keys.check(domain)));
  }

  @Post('removal')
  async remove(
    @Param('address') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { domain, path } = await this.find(given);
    await this.database.transaction(async (tx) => {
      await this.keys.remove(tx, domain);
      await this.audit.record(tx, { by: userOf(request), action: 'dkim-key.removed', subject: `domain ${domain}` });
    });
    await this.pages.go(reply, path, { tone: 'good', text: 'Letters are not signed any more.' });
  }

  private async find(given: string): Promise<{ address: string; domain: string; path: string }> {
    const found = await this.page.find(given);
    if (found === null) throw Problem.notFound(`There is no mailbox ${given}.`);
    const { address } = found.mailbox;
    return { address, domain: domainOf(address), path: `${pathOfMailbox(address)}/signing` };
  }
}

function finding({ fault }: DkimKey): { tone: 'good' | 'bad'; text: string } {
  return fault === null
    ? { tone: 'good', text: 'DNS shows the key: letters are signed.' }
    : { tone: 'bad', text: `${fault} Changes of DNS take a while to be seen.` };
}
