import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeskFiles } from '../../desk-file/desk-files.js';
import { DeskPieceProblem } from '../../desk-file/desk-file-problem.js';
import { readPiece } from '../../desk-file/read.js';
import { Removals } from '../../desk-file/removals.js';
import type { ImapEntry, ImapOAuth } from '../../mail/imap-accounts.js';
import { SEND_PER_MINUTE, type Mailbox, type MailboxToSave } from '../../mail/mailboxes.js';
import { Database } from '../../platform/database/database.js';
import { Problem, type FieldFault } from '../../platform/problems/problem.js';
import { Roles } from '../access.js';
import { faultsByField, readForm, type SentForm } from '../forms.js';
import { Pages } from '../pages.js';
import { userOf } from '../session.guard.js';
import { seenOf } from '../settings/desk-edits.js';
import { EditFlow, type ReadEdit } from '../settings/edit-flow.js';
import { textIn } from '../settings/form-fields.js';
import { MailboxesPage, pathOfMailbox } from './mailboxes.page.js';

const PATH = '/admin/mailboxes';
const FIELDS = ['address', 'name', 'verifySenders', 'trustedAuthservId', 'sendPerMinute', 'ownReturnPath'];
const IMAP_FIELDS = [
  ...['host', 'port', 'security', 'user', 'password', 'folder', 'afterwards', 'moveTo', 'allowPrivate'],
  ...['provider', 'tokenUrl', 'scope', 'clientId', 'clientSecret', 'refreshToken'],
];
/** What is never shown again, and stays as it is where nothing is typed. */
const SECRETS = ['password', 'clientSecret', 'refreshToken'];

interface Choice {
  readonly value: string;
  readonly label: string;
}

const SECURITY: readonly Choice[] = [
  { value: 'tls', label: 'TLS' },
  { value: 'starttls', label: 'STARTTLS' },
  { value: 'none', label: 'None (own network only)' },
];
const AFTERWARDS: readonly Choice[] = [
  { value: 'flag', label: 'is marked as read' },
  { value: 'move', label: 'is moved to a folder' },
  { value: 'delete', label: 'is deleted' },
];
const PROVIDERS: readonly Choice[] = [
  { value: '', label: 'No, by password' },
  { value: 'google', label: 'Google' },
  { value: 'microsoft', label: 'Microsoft' },
  { value: 'other', label: 'Another' },
];

/** The addresses that customers write to, and the accounts that mail is fetched from. */
@Roles('manager')
@Controller('admin/mailboxes')
export class MailboxesController {
  constructor(
    private readonly pages: Pages,
    private readonly database: Database,
    private readonly page: MailboxesPage,
    private readonly files: DeskFiles,
    private readonly removals: Removals,
    private readonly flow: EditFlow,
  ) {}

  @Get()
  async list(@Res() reply: FastifyReply): Promise<void> {
    await this.pages.show(reply, 'mailboxes/list', await this.page.list());
  }

  @Get('new')
  async blank(@Res() reply: FastifyReply): Promise<void> {
    await this.showForm(
      reply,
      null,
      { verifySenders: 'on', ownReturnPath: 'on', sendPerMinute: String(SEND_PER_MINUTE) },
      [],
    );
  }

  @Post('new')
  @Roles('admin')
  async add(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const address = textIn(await readForm(request), 'address').toLowerCase();
    await this.flow.edit(request, reply, {
      title: address === '' ? 'New mailbox' : `New mailbox ${address}`,
      action: `${PATH}/new`,
      back: address === '' ? PATH : pathOfMailbox(address),
      read: async (form) => {
        const taken = (await this.page.find(address)) !== null;
        return taken
          ? { ok: false, faults: [{ field: 'address', detail: `There is a mailbox ${address} already.` }] }
          : readMailbox(address, form);
      },
      show: (form, faults) => this.showForm(reply, null, form.fields, faults),
      saved: `Mail to ${address} is taken now.`,
    });
  }

  @Get(':address')
  async one(@Param('address') address: string, @Res() reply: FastifyReply): Promise<void> {
    const { mailbox } = await this.find(address);
    await this.showForm(reply, mailbox, fieldsOf(mailbox), []);
  }

  @Post(':address')
  @Roles('admin')
  async save(
    @Param('address') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { mailbox } = await this.find(given);
    await this.flow.edit(request, reply, {
      title: mailbox.address,
      action: pathOfMailbox(mailbox.address),
      back: pathOfMailbox(mailbox.address),
      read: (form) => readMailbox(mailbox.address, form),
      show: (form, faults) => this.showForm(reply, mailbox, form.fields, faults),
      saved: 'The mailbox is saved.',
    });
  }

  @Post(':address/removal')
  @Roles('admin')
  async remove(
    @Param('address') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { address } = (await this.find(given)).mailbox;
    await this.flow.do(request, reply, {
      title: `Remove ${address}`,
      action: `${pathOfMailbox(address)}/removal`,
      back: PATH,
      label: 'Remove',
      deed: {
        section: 'mailboxes',
        name: address,
        make: (tx) => this.removals.remove(tx, 'mailboxes', address, userOf(request)),
      },
      saved: `Mail to ${address} is not taken any more.`,
    });
  }

  @Get(':address/account')
  @Roles('admin')
  async account(@Param('address') address: string, @Res() reply: FastifyReply): Promise<void> {
    const { mailbox } = await this.find(address);
    await this.showAccount(reply, mailbox, fieldsOfAccount(mailbox.imap), []);
  }

  /** One step, without a review: that would carry the password along in its page. */
  @Post(':address/account')
  @Roles('admin')
  async saveAccount(
    @Param('address') given: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { mailbox } = await this.find(given);
    const form = await readForm(request);
    const imap = textIn(form, 'step') === 'remove' ? null : accountIn(form);
    try {
      await this.apply({ address: mailbox.address, imap }, request);
    } catch (error) {
      if (!(error instanceof DeskPieceProblem)) throw error;
      const faults = error.places.map(({ path, detail }) => ({ field: String(path.at(-1) ?? ''), detail }));
      return this.showAccount(reply, mailbox, form.fields, faults);
    }
    const text = imap === null ? 'Mail is not fetched any more.' : 'The account is saved; it is being connected to.';
    return this.pages.go(reply, pathOfMailbox(mailbox.address), { tone: 'good', text });
  }

  private async apply(mailbox: MailboxToSave, request: FastifyRequest): Promise<void> {
    const piece = readPiece({ mailboxes: [mailbox] });
    await this.database.transaction((tx) => this.files.apply(tx, piece, userOf(request)));
  }

  private async showForm(
    reply: FastifyReply,
    mailbox: Mailbox | null,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const value = Object.fromEntries(FIELDS.map((field) => [field, textIn({ fields }, field)]));
    const path = mailbox === null ? null : pathOfMailbox(mailbox.address);
    const desks = mailbox !== null && (await this.find(mailbox.address)).desks;
    const model = {
      title: mailbox?.address ?? 'New mailbox',
      address: mailbox?.address ?? null,
      ...{ desks, value, faults },
      action: path ?? `${PATH}/new`,
      removal: path === null || desks ? null : `${path}/removal`,
      account: path === null ? null : `${path}/account`,
      fault: faultsByField(FIELDS, faults),
      seen: textIn({ fields }, 'seen') || seenOf(mailbox),
      about: mailbox === null ? null : await this.page.about(mailbox.address),
    };
    await this.pages.show(reply, 'mailboxes/mailbox', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async showAccount(
    reply: FastifyReply,
    mailbox: Mailbox,
    fields: SentForm['fields'],
    faults: readonly FieldFault[],
  ): Promise<void> {
    const value = Object.fromEntries(
      IMAP_FIELDS.map((field) => [field, SECRETS.includes(field) ? '' : textIn({ fields }, field)]),
    );
    const chosen = (all: readonly Choice[], field: string): object[] =>
      all.map((one) => ({ ...one, selected: one.value === value[field] }));
    const model = {
      title: `IMAP account of ${mailbox.address}`,
      ...{ address: mailbox.address, value, faults },
      back: pathOfMailbox(mailbox.address),
      action: `${pathOfMailbox(mailbox.address)}/account`,
      known: mailbox.imap !== undefined,
      fault: faultsByField(IMAP_FIELDS, faults),
      securities: chosen(SECURITY, 'security'),
      afterwards: chosen(AFTERWARDS, 'afterwards'),
      providers: chosen(PROVIDERS, 'provider'),
    };
    await this.pages.show(reply, 'mailboxes/account', model, { status: faults.length > 0 ? 422 : 200 });
  }

  private async find(address: string): Promise<{ readonly mailbox: Mailbox; readonly desks: boolean }> {
    const found = await this.page.find(address);
    if (found === null) throw Problem.notFound(`There is no mailbox ${address}.`);
    return found;
  }
}

function fieldsOf({
  address,
  name,
  verifySenders,
  trustedAuthservId,
  sendPerMinute,
  ownReturnPath,
}: Mailbox): SentForm['fields'] {
  return {
    ...{ address, name },
    verifySenders: verifySenders === false ? '' : 'on',
    trustedAuthservId: trustedAuthservId ?? '',
    sendPerMinute: String(sendPerMinute ?? SEND_PER_MINUTE),
    ownReturnPath: ownReturnPath === false ? '' : 'on',
  };
}

function readMailbox(address: string, form: SentForm): ReadEdit {
  if (address === '') return { ok: false, faults: [{ field: 'address', detail: 'Say the address.' }] };

  const [trusted, rate] = [textIn(form, 'trustedAuthservId'), textIn(form, 'sendPerMinute')];
  const mailbox: MailboxToSave = {
    address,
    name: textIn(form, 'name'),
    verifySenders: textIn(form, 'verifySenders') !== '',
    trustedAuthservId: trusted === '' ? null : trusted,
    sendPerMinute: rate === '' ? null : Number(rate),
    ownReturnPath: textIn(form, 'ownReturnPath') !== '',
  };
  return { ok: true, value: { mailboxes: [mailbox] } };
}

function fieldsOfAccount(imap: ImapEntry | undefined): SentForm['fields'] {
  const { oauth, allowPrivate, port, ...rest } = imap ?? { host: '', user: '' };
  const texts = { ...rest, ...oauth } as Record<string, string>;
  return {
    ...{ security: 'tls', afterwards: 'flag', folder: '' },
    ...texts,
    port: port === undefined ? '' : String(port),
    allowPrivate: allowPrivate === true ? 'on' : '',
  };
}

function accountIn(form: SentForm): ImapEntry {
  const given = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      names.map((name): [string, string] => [name, textIn(form, name)]).filter(([, text]) => text !== ''),
    );
  const port = textIn(form, 'port');
  const oauth = given(['provider', 'tokenUrl', 'scope', 'clientId', 'clientSecret', 'refreshToken']);
  return {
    ...{ host: textIn(form, 'host'), user: textIn(form, 'user') },
    ...given(['security', 'password', 'folder', 'afterwards']),
    ...(textIn(form, 'afterwards') === 'move' && given(['moveTo'])),
    ...(port !== '' && { port: Number(port) }),
    ...(textIn(form, 'allowPrivate') !== '' && { allowPrivate: true }),
    ...(oauth['provider'] !== undefined && { oauth: oauth as unknown as ImapOAuth }),
  };
}
