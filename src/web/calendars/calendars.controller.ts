import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Now } from '../../platform/time/now.js';
import { Calendars, type CalendarItem, type StoredCalendar } from '../../support-hours/calendars.js';
import { readFeed } from '../../support-hours/feed-reader.js';
import { HolidayFeeds } from '../../support-hours/holiday-feeds.js';
import { windowAt } from '../../support-hours/holiday-window.js';
import { isTimeZone } from '../../calendar/local-time.js';
import { Roles } from '../access.js';
import { readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { Reader } from '../reader.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { textIn } from '../settings/form-fields.js';
import { afterStep, fieldOfPath, fieldsOf, one, readCalendar, withHolidays, type Fields } from './calendar-form.js';
import { CalendarFormPage } from './calendar-form.page.js';
import { CalendarPage } from './calendar.page.js';
import { CalendarsPage, pathOf } from './calendars.page.js';
import { questionIn } from './reckoning.js';

const PATH = '/admin/calendars';
const OFFICE_HOURS = [['09:00', '17:00']] as const;
const NEW = { mon: OFFICE_HOURS, tue: OFFICE_HOURS, wed: OFFICE_HOURS, thu: OFFICE_HOURS, fri: OFFICE_HOURS };
const MOST_FILE_BYTES = 2_000_000;

/** The hours in which time counts: looked at, tried out and edited. */
@Roles('manager')
@Controller('admin/calendars')
export class CalendarPagesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly calendars: Calendars,
    private readonly feeds: HolidayFeeds,
    private readonly list: CalendarsPage,
    private readonly page: CalendarPage,
    private readonly form: CalendarFormPage,
    private readonly flow: EditFlow,
    private readonly reader: Reader,
    private readonly now: Now,
  ) {}

  @Get()
  async all(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'calendars/list', await this.list.read());
  }

  @Get('new')
  @Roles('admin')
  async blank(@Query('copy') copy: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const copied = typeof copy === 'string' && copy !== '' ? await this.find(copy) : null;
    const { timezone } = await this.reader.zone(request);
    const item: CalendarItem = {
      ...(copied?.definition ?? { timezone, week: NEW }),
      name: copied === null ? '' : `Copy of ${copied.name}`,
    };
    await this.showForm(reply, null, fieldsOf(item), [], '', null);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = await readForm(request);
    const name = textIn(form, 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New calendar' : `New calendar ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (given) => {
        if ((await this.calendars.byName(this.database, name)) === null) return piece(name, given);
        return { ok: false, faults: [{ field: 'name', detail: `There is a calendar named ${name} already.` }] };
      },
      show: (given, faults) => this.showAgain(reply, null, given, faults),
      fieldOf: fieldOfPath,
      saved: `The calendar ${name} is there.`,
    });
  }

  @Get(':name')
  async one(
    @Param('name') name: string,
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { timezone } = await this.reader.zone(request);
    const year = typeof query['year'] === 'string' ? query['year'] : '';
    const asked = { name, year, timezone, allVersions: query['versions'] === 'all', question: questionIn(query) };
    await this.pages.show(reply, 'calendars/calendar', await this.page.read(asked));
  }

  @Get(':name/edit')
  @Roles('admin')
  async edit(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const calendar = await this.find(name);
    await this.showForm(reply, calendar, fieldsOf(itemOf(calendar)), [], '', null);
  }

  @Post(':name/edit')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const calendar = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Calendar ${name}`,
      action: `${pathOf(name)}/edit`,
      back: pathOf(name),
      read: (form) => piece(name, form),
      show: (form, faults) => this.showAgain(reply, calendar, form, faults),
      fieldOf: fieldOfPath,
      saved: `The calendar ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    const form = await readForm(request);
    await this.flow.do(request, reply, {
      title: `Remove the calendar ${name}`,
      action: `${pathOf(name)}/removal`,
      // Once it is gone, there is nothing to go back to but the list.
      back: textIn(form, 'step') === 'save' ? PATH : pathOf(name),
      label: 'Remove',
      deed: { section: 'calendars', name, make: (tx) => this.calendars.remove(tx, name, userOf(request)) },
      saved: `The calendar ${name} is removed.`,
    });
  }

  @Post(':name/feed-requests')
  @Roles('admin')
  async askFeed(
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const calendar = await this.find(name);
    const url = textIn(await readForm(request), 'url');
    await this.database.transaction((tx) => this.feeds.askAgain(tx, calendar.id, url));
    const text = 'The feed is asked again within a minute.';
    await this.pages.go(reply, `${pathOf(name)}#holidays`, { tone: 'good', text });
  }

  /** The form after a step of its own, or with what is wrong in it. */
  private async showAgain(
    reply: FastifyReply,
    calendar: StoredCalendar | null,
    form: SentForm,
    faults: readonly FieldFault[],
  ): Promise<void> {
    const step = textIn(form, 'step');
    if (faults.length > 0 || step !== 'upload') {
      const fields = faults.length > 0 ? form.fields : afterStep(form.fields, step);
      return this.showForm(reply, calendar, fields, faults, step, null);
    }
    const taken = await this.withFile(form);
    await this.showForm(reply, calendar, taken.fields, taken.faults, step, taken.notice);
  }

  private async withFile({ fields, files }: SentForm): Promise<{
    fields: Fields;
    faults: readonly FieldFault[];
    notice: string | null;
  }> {
    const refused = (detail: string): { fields: Fields; faults: FieldFault[]; notice: null } => ({
      fields,
      faults: [{ field: 'file', detail }],
      notice: null,
    });
    const [file] = files;
    if (file === undefined) return refused('Choose an iCal file first; its name ends in .ics.');
    if (file.content.length > MOST_FILE_BYTES) return refused('The file has more than 2 MB.');

    const given = one(fields, 'timezone');
    const timezone = isTimeZone(given) ? given : 'UTC';
    const { firstYear, lastYear } = windowAt({ timezone }, this.now.read());
    const window = { timezone, from: `${firstYear}-01-01`, until: `${lastYear + 1}-01-01` };
    const read = await readFeed({ text: file.content.toString('utf8'), window });
    if ('unreadable' in read) return refused(`${file.filename}: ${read.unreadable}`);

    const { fields: filled, added } = withHolidays(fields, read.dates);
    const all = read.dates.length;
    const notice = `${file.filename} closes ${all} ${all === 1 ? 'day' : 'days'} from ${firstYear} to ${lastYear}; ${added === all ? 'all' : added} of them new, added to the holidays below.`;
    return { fields: filled, faults: [], notice };
  }

  private async showForm(
    reply: FastifyReply,
    calendar: StoredCalendar | null,
    fields: Fields,
    faults: readonly FieldFault[],
    step: string,
    notice: string | null,
  ): Promise<void> {
    const name = calendar?.name ?? null;
    const model = this.form.model({
      title: name === null ? 'New calendar' : `Edit ${name}`,
      name,
      action: name === null ? `${PATH}/new` : `${pathOf(name)}/edit`,
      back: name === null ? PATH : pathOf(name),
      fields,
      faults,
      step,
      seen: one(fields, 'seen') || seenOf(calendar === null ? null : itemOf(calendar)),
      notice,
    });
    await this.pages.show(reply, 'calendars/form', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async find(name: string): Promise<StoredCalendar> {
    const calendar = await this.calendars.byName(this.database, name);
    if (calendar === null) throw Problem.notFound(`There is no calendar named ${name}.`);
    return calendar;
  }
}

function itemOf({ name, definition }: StoredCalendar): CalendarItem {
  return { name, ...definition };
}

function piece(name: string, form: SentForm): ReadEdit {
  const read = readCalendar(name, form);
  return read.ok ? { ok: true, value: { calendars: [read.item] } } : read;
}
