import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inWords } from '../../desk-file/changes.js';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { readDeskFile } from '../../desk-file/read.js';
import { writeSection } from '../../desk-file/write.js';
import type { CurrentUser } from '../../identity/current-user.js';
import { Database } from '../../platform/database/database.js';
import type { Transaction } from '../../platform/database/transaction.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { BackTests } from '../../sla/back-test.js';
import { Roles } from '../access.js';
import { readForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { BackTestPage } from './back-test.page.js';
import { askedBy, INSERTABLE, whatIfForm, type WhatIfForm } from './what-if-form.js';

/** The past under other promises. */
@Roles('manager')
@Controller('admin/back-test')
export class BackTestController {
  constructor(
    private readonly pages: Pages,
    private readonly page: BackTestPage,
    private readonly tests: BackTests,
    private readonly files: DeskFiles,
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  @Get()
  async index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, whatIfForm(null, userOf(request).timezone, this.now.read()), []);
  }

  /** Asks for one, or writes a section of the desk file into the form to be edited. */
  @Post()
  async ask(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const user = userOf(request);
    const sent = await readForm(request);
    const form = whatIfForm(sent, user.timezone, this.now.read());
    const insert = INSERTABLE.find((section) => sent.fields['insert'] === section);
    if (insert !== undefined) {
      const items = await this.database.readOnly((tx) => this.files.items(tx, insert));
      const file = [form.file.trimEnd(), writeSection(insert, items)].filter((text) => text !== '').join('\n');
      return this.showForm(reply, { ...form, file }, []);
    }

    try {
      await this.pages.go(reply, `/admin/back-test/${await this.begin(form, user)}`);
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'invalid') throw error;
      await this.showForm(reply, form, faultsOf(error), 422);
    }
  }

  @Get(':id')
  async one(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    await this.pages.show(reply, 'back-test/result', await this.page.one(userOf(request), id));
  }

  /** How far it has come, for a page that is open. */
  @Get(':id/progress')
  async progress(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const model = await this.page.progress(id);
    // Once it is finished the page is another one.
    if ('progress' in model && model.progress === null) void reply.header('hx-refresh', 'true');
    await this.pages.showPart(reply, 'back-test/progress', model);
  }

  @Get(':id/clocks')
  async clocks(
    @Res() reply: FastifyReply,
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    await this.pages.show(reply, 'back-test/clocks', await this.page.clocks(id, query));
  }

  @Post(':id/removal')
  async remove(@Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    await this.database.transaction((tx) => this.tests.remove(tx, id));
    await this.pages.go(reply, '/admin/back-test', { tone: 'good', text: 'The back-test is gone.' });
  }

  private async begin(form: WhatIfForm, user: CurrentUser): Promise<string> {
    const asked = askedBy(form, user.timezone, this.now.read());
    if (asked === null) {
      const detail = 'Choose a first day and a last day that is not before it.';
      throw Problem.invalid(detail, [{ field: 'from', detail }]);
    }
    const { file } = asked.whatIf;
    const read = file === null ? null : readDeskFile(file);
    const imagined = await this.tests.imagine(async (tx: Transaction) =>
      read === null ? [] : (await this.files.apply(tx, read, user)).map(inWords),
    );
    return this.database.transaction((tx) => this.tests.ask(tx, asked, imagined, user.name));
  }

  private async showForm(
    reply: FastifyReply,
    form: WhatIfForm,
    faults: readonly FieldFault[],
    status = 200,
  ): Promise<void> {
    await this.pages.show(reply, 'back-test/index', await this.page.index(form, faults), { status });
  }
}

/** Faults of the desk file tell their line; they lead to the text. */
function faultsOf({ detail, faults }: Problem): FieldFault[] {
  if (faults.length === 0) return [{ field: '', detail }];
  return faults.map((fault) =>
    fault.field.startsWith('line ') ? { field: 'file', detail: `Desk file, ${fault.field}: ${fault.detail}` } : fault,
  );
}
