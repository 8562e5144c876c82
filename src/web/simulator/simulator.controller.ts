import { Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { writeSection } from '../../desk-file/write.js';
import { Database } from '../../platform/database/database.js';
import { Roles } from '../access.js';
import { givenIn, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { SimulatorPage, type SimulatorForm } from './simulator.page.js';
import { rowsFromText, type TimelineRow } from './timeline-rows.js';

const INSERTABLE = ['calendars', 'levels', 'policies'] as const;
const MOST_ROWS = 500;

/** What the clocks of a story would show. Nothing is written; everybody who works here may play with it. */
@Roles('agent')
@Controller('admin/simulator')
export class SimulatorController {
  constructor(
    private readonly pages: Pages,
    private readonly page: SimulatorPage,
    private readonly files: DeskFiles,
    private readonly database: Database,
  ) {}

  @Get()
  async begin(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<void> {
    const user = userOf(request);
    const form = await this.page.begin(user, query);
    await this.pages.show(reply, 'simulator/simulator', await this.page.show(user, form));
  }

  /** The story as it was edited; a pasted one, or a section of the desk file to be edited, is written into the form first. */
  @Post()
  async simulate(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const user = userOf(request);
    const sent = await readForm(request);
    const form = formOf(sent);
    const given = givenIn(sent.fields);
    if (given['step'] === 'paste') {
      const { rows, faults } = rowsFromText(given['text'] ?? '', user.timezone);
      const pasted = faults.length > 0 ? form : { ...form, rows, ticket: '', policy: '' };
      return this.show(request, reply, pasted, faults);
    }
    const insert = INSERTABLE.find((section) => given['insert'] === section);
    if (insert === undefined) return this.show(request, reply, form);

    const items = await this.database.readOnly((tx) => this.files.items(tx, insert));
    const file = [form.file.trimEnd(), writeSection(insert, items)].filter((text) => text !== '').join('\n');
    await this.show(request, reply, { ...form, file });
  }

  private async show(
    request: FastifyRequest,
    reply: FastifyReply,
    form: SimulatorForm,
    faults: Parameters<SimulatorPage['show']>[2] = [],
  ): Promise<void> {
    const model = await this.page.show(userOf(request), form, faults);
    const refused = 'faults' in model && (model.faults as readonly unknown[]).length > 0;
    await this.pages.show(reply, 'simulator/simulator', model, { status: refused ? 422 : 200 });
  }
}

function formOf({ fields }: SentForm): SimulatorForm {
  const given = givenIn(fields);
  const rows: TimelineRow[] = [];
  for (let i = 0; i < MOST_ROWS && `at-${String(i)}` in given; i++) {
    const [at = '', type = '', data = ''] = ['at', 'type', 'data'].map((name) => given[`${name}-${String(i)}`]);
    // A row without an instant and a type is one that was taken out.
    if (at.trim() !== '' || type !== '') rows.push({ at: at.trim(), type, data: data.trim() });
  }
  const text = (name: string): string => given[name] ?? '';
  return {
    ticket: /^\d{1,9}$/.test(text('ticket')) ? text('ticket') : '',
    policy: text('policy'),
    calendar: text('calendar'),
    file: text('file'),
    moments: text('moments'),
    rows,
  };
}
