import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LetterWriter } from '../../mail/letter-writer.js';
import { Mailboxes } from '../../mail/mailboxes.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Queues, type QueueItem } from '../../tickets/queues.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { queueView } from '../tickets/views.js';
import { DeskChoices } from './desk-choices.js';
import { seenOf } from './desk-edits.js';
import { EditFlow, type ReadEdit } from './edit-flow.js';
import { options, textIn } from './form-fields.js';

const PATH = '/admin/queues';
const FIELDS = [
  ...['name', 'calendar', 'chain', 'team', 'closeAfterDays', 'reopenWindowDays'],
  ...['copiesJoin', 'senderAddress', 'senderName', 'language', 'signature'],
];

/** Who takes part from then on when a mail names them beside us. */
const JOINING = [
  { value: '', label: 'Nobody: agents see them, and put them in copy' },
  { value: 'colleagues', label: 'People of the requester’s organisation' },
  { value: 'anybody', label: 'Anybody' },
] as const;

/** The piles of tickets: in which hours they count, who is alarmed of them, when they close. */
@Roles('manager')
@Controller('admin/queues')
export class QueuesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly queues: Queues,
    private readonly choices: DeskChoices,
    private readonly flow: EditFlow,
    private readonly mailboxes: Mailboxes,
    private readonly writer: LetterWriter,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    const queues = await this.all();
    const counts = await this.database.query<{ name: string; open: number }>(
      `select queue.name, count(*)::integer as open from ticket join queue on queue.id = ticket.queue_id
       where ticket.status in ('new', 'open', 'waiting', 'on-hold') and ticket.merged_into is null group by queue.name`,
    );
    await this.pages.show(reply, 'settings/queues', {
      title: 'Queues',
      rows: queues.map((queue) => ({
        name: queue.name,
        href: pathOf(queue.name),
        tickets: `/tickets?view=${encodeURIComponent(queueView(queue.name))}`,
        calendar: queue.calendar ?? null,
        chain: queue.chain ?? null,
        team: queue.team ?? null,
        closeAfterDays: queue.closeAfterDays ?? 7,
        reopenWindowDays: queue.reopenWindowDays ?? 14,
        open: counts.find((one) => one.name === queue.name)?.open ?? 0,
      })),
    });
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(reply, null, { closeAfterDays: '7', reopenWindowDays: '14' }, []);
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const name = textIn(await readForm(request), 'name');
    await this.flow.edit(request, reply, {
      title: name === '' ? 'New queue' : `New queue ${name}`,
      action: `${PATH}/new`,
      back: PATH,
      read: async (form) => {
        const taken = (await this.all()).some((queue) => queue.name === name);
        return taken
          ? { ok: false, faults: [{ field: 'name', detail: `There is a queue named ${name} already.` }] }
          : readQueue(name, form, this.languages());
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      saved: `The queue ${name} is there.`,
    });
  }

  @Get(':name')
  async one(@Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    const queue = await this.find(name);
    await this.showForm(reply, queue, fieldsOf(queue), []);
  }

  @Post(':name')
  @Roles('admin')
  async save(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const queue = await this.find(name);
    await this.flow.edit(request, reply, {
      title: `Queue ${name}`,
      action: pathOf(name),
      back: PATH,
      read: (form) => readQueue(name, form, this.languages()),
      show: (form, faults) => this.showForm(reply, queue, form.fields, faults),
      saved: `The queue ${name} is saved.`,
    });
  }

  @Post(':name/removal')
  @Roles('admin')
  async remove(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(name);
    await this.flow.do(request, reply, {
      title: `Remove the queue ${name}`,
      action: `${pathOf(name)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: { section: 'queues', name, make: (tx) => this.queues.remove(tx, name, userOf(request)) },
      saved: `The queue ${name} is removed.`,
    });
  }

  private languages(): readonly string[] {
    return this.writer.languages.map(({ code }) => code);
  }

  private async showForm(
    reply: FastifyReply,
    queue: QueueItem | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const { calendars, chains, teams } = await this.choices.read();
    const value = (field: string): string => textIn({ fields }, field);
    const model = {
      title: queue === null ? 'New queue' : `Queue ${queue.name}`,
      name: queue?.name ?? null,
      action: queue === null ? `${PATH}/new` : pathOf(queue.name),
      removal: queue === null ? null : `${pathOf(queue.name)}/removal`,
      value: Object.fromEntries(FIELDS.map((field) => [field, value(field)])),
      fault: faultsByField(FIELDS, faults),
      faults,
      calendars: options(calendars, value('calendar'), 'The desk’s'),
      chains: options(chains, value('chain'), 'Default'),
      teams: options(teams, value('team'), 'No team'),
      copies: JOINING.map((choice) => ({ ...choice, selected: choice.value === value('copiesJoin') })),
      senders: options((await this.mailboxes.ours()).addresses, value('senderAddress'), 'The one that was written to'),
      languages: [
        { value: '', label: 'The desk’s', selected: value('language') === '' },
        ...this.writer.languages.map(({ code, name }) => ({
          value: code,
          label: name,
          selected: code === value('language'),
        })),
      ],
      receipts: this.writer.languages.map((language) => ({
        ...language,
        subject: value(subjectField(language.code)),
        text: value(textField(language.code)),
        fault: faults.find(({ field }) => field.startsWith(`letters.received.${language.code}.`))?.detail ?? null,
        preview: `/admin/letters/ticket-received?language=${language.code}`,
      })),
      seen: value('seen') || seenOf(queue),
    };
    await this.pages.show(reply, 'settings/queue', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async all(): Promise<QueueItem[]> {
    return this.database.readOnly((tx) => this.queues.all(tx));
  }

  private async find(name: string): Promise<QueueItem> {
    const queue = (await this.all()).find((one) => one.name === name);
    if (queue === undefined) throw Problem.notFound(`There is no queue named ${name}.`);
    return queue;
  }
}

const pathOf = (name: string): string => `${PATH}/${encodeURIComponent(name)}`;

const subjectField = (language: string): string => `received.${language}.subject`;
const textField = (language: string): string => `received.${language}.text`;

function fieldsOf(queue: QueueItem): SentForm['fields'] {
  const { name, calendar, chain, team, closeAfterDays, reopenWindowDays, copiesJoin } = queue;
  const { sender, language, signature, letters } = queue;
  return {
    name,
    calendar: calendar ?? '',
    chain: chain ?? '',
    team: team ?? '',
    closeAfterDays: String(closeAfterDays ?? 7),
    reopenWindowDays: String(reopenWindowDays ?? 14),
    copiesJoin: copiesJoin ?? '',
    senderAddress: sender?.address ?? '',
    senderName: sender?.name ?? '',
    language: language ?? '',
    signature: signature ?? '',
    ...Object.fromEntries(
      Object.entries(letters?.received ?? {}).flatMap(([code, { subject, text }]) => [
        [subjectField(code), subject ?? ''],
        [textField(code), text ?? ''],
      ]),
    ),
  };
}

function readQueue(name: string, form: SentForm, languages: readonly string[]): ReadEdit {
  const faults: FieldFault[] = name === '' ? [{ field: 'name', detail: 'Give the queue a name.' }] : [];
  const days = (field: string, least: number): number | undefined => {
    const text = textIn(form, field);
    if (text === '') return undefined;
    const count = Number(text);
    if (Number.isInteger(count) && count >= least && count <= 3650) return count;
    faults.push({ field, detail: `Say a number of days from ${least} to 3650.` });
    return undefined;
  };
  const closeAfterDays = days('closeAfterDays', 1);
  const reopenWindowDays = days('reopenWindowDays', 0);
  const copiesJoin = JOINING.find(({ value }) => value === textIn(form, 'copiesJoin'))?.value;
  if (copiesJoin === undefined) faults.push({ field: 'copiesJoin', detail: 'Choose one of them.' });
  if (faults.length > 0) return { ok: false, faults };

  const said = (field: 'calendar' | 'chain' | 'team' | 'language' | 'signature'): Partial<QueueItem> => {
    const text = textIn(form, field);
    return text === '' ? {} : { [field]: text };
  };
  const queue: QueueItem = {
    name,
    ...said('calendar'),
    ...said('chain'),
    ...said('team'),
    ...said('language'),
    ...said('signature'),
    ...letterWords(form, languages),
    ...(closeAfterDays !== undefined && { closeAfterDays }),
    ...(reopenWindowDays !== undefined && { reopenWindowDays }),
    ...(copiesJoin !== undefined && copiesJoin !== '' && { copiesJoin }),
  };
  return { ok: true, value: { queues: [queue] } };
}

/** Whom its letters come from, and its own words; where nothing is written, there is nothing of its own. */
function letterWords(form: SentForm, languages: readonly string[]): Pick<QueueItem, 'sender' | 'letters'> {
  const [address, name] = [textIn(form, 'senderAddress'), textIn(form, 'senderName')];
  const received = languages.flatMap((code) => {
    const [subject, text] = [textIn(form, subjectField(code)), textIn(form, textField(code))];
    const words = { ...(subject !== '' && { subject }), ...(text !== '' && { text }) };
    return Object.keys(words).length === 0 ? [] : [[code, words] as const];
  });
  return {
    ...(address + name !== '' && { sender: { ...(address !== '' && { address }), ...(name !== '' && { name }) } }),
    ...(received.length > 0 && { letters: { received: Object.fromEntries(received) } }),
  };
}
