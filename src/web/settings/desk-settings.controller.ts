import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isTimeZone } from '../../calendar/local-time.js';
import type { DeskEntry } from '../../desk-file/desk-file.js';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { EMAIL_ADDRESS } from '../../platform/config/email-address.js';
import { Database } from '../../platform/database/database.js';
import type { FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { DeskChoices } from './desk-choices.js';
import { seenOf } from './desk-edits.js';
import { EditFlow, type ReadEdit } from './edit-flow.js';
import { FIRST_LANGUAGE, LetterWriter } from '../../mail/letter-writer.js';
import { options, textIn } from './form-fields.js';

const PATH = '/admin/desk';
const FIELDS = ['name', 'supportAddress', 'timezone', 'language', 'calendar'];

/** The desk's own entry: its name, its zone, where customers write to, and the hours that count where nobody says otherwise. */
@Roles('manager')
@Controller('admin/desk')
export class DeskSettingsController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly files: DeskFiles,
    private readonly choices: DeskChoices,
    private readonly flow: EditFlow,
    private readonly writer: LetterWriter,
  ) {}

  @Get()
  async form(@Res() reply: FastifyReply): Promise<void> {
    const desk = await this.desk();
    await this.showForm(reply, desk, { ...desk }, []);
  }

  @Post()
  @Roles('admin')
  async save(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const desk = await this.desk();
    await this.flow.edit(request, reply, {
      title: 'This desk',
      action: PATH,
      back: PATH,
      read: readDesk,
      show: (form, faults) => this.showForm(reply, desk, form.fields, faults),
      fieldOf: (path) => path.slice(1).join('.'),
      saved: 'The desk is saved.',
    });
  }

  private async desk(): Promise<DeskEntry> {
    return this.database.readOnly((tx) => this.files.deskEntry(tx));
  }

  private async showForm(
    reply: FastifyReply,
    desk: DeskEntry,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const { calendars } = await this.choices.read();
    const value = (field: string): string => textIn({ fields }, field);
    const model = {
      title: 'This desk',
      value: Object.fromEntries(FIELDS.map((field) => [field, value(field)])),
      fault: faultsByField(FIELDS, faults),
      faults,
      calendars: options(calendars, value('calendar')),
      languages: this.writer.languages.map(({ code, name }) => ({
        value: code,
        label: name,
        selected: code === value('language'),
      })),
      zones: Intl.supportedValuesOf('timeZone'),
      seen: value('seen') || seenOf(desk),
    };
    await this.pages.show(reply, 'settings/desk', model, { status: faults.length > 0 ? 422 : 200 });
  }
}

function readDesk(form: SentForm): ReadEdit {
  const [name, timezone, calendar] = [textIn(form, 'name'), textIn(form, 'timezone'), textIn(form, 'calendar')];
  const supportAddress = textIn(form, 'supportAddress').toLowerCase();
  const language = textIn(form, 'language') || FIRST_LANGUAGE;
  const faults: FieldFault[] = [
    ...(name === '' ? [{ field: 'name', detail: 'Give the desk a name: customers read it.' }] : []),
    ...(isTimeZone(timezone) ? [] : [{ field: 'timezone', detail: 'This is not a time zone such as Europe/Berlin.' }]),
    ...(EMAIL_ADDRESS.test(supportAddress)
      ? []
      : [{ field: 'supportAddress', detail: 'This is not an e-mail address.' }]),
  ];
  if (faults.length > 0) return { ok: false, faults };

  return {
    ok: true,
    value: { desk: { name, timezone, language, supportAddress, ...(calendar !== '' && { calendar }) } },
  };
}
