import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import type { TicketStatus } from '../../tickets/status.js';
import { TicketAccess, type Sight } from '../../tickets/ticket-access.js';
import { shownFile } from '../message-content.js';
import { PICTURED } from '../tickets/pictured.js';
import { quotedIn } from '../tickets/thread.js';

interface StoredRequest {
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
  readonly answerBy: Date | null;
}

interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly kind: 'requester' | 'cc';
  readonly silenced: boolean;
}

interface StoredWords {
  readonly id: string;
  readonly ours: boolean;
  readonly author: string;
  readonly at: Date;
  readonly text: string;
  readonly newText: string;
  readonly hasHtml: boolean;
  /** Whether pictures stand between its words, so that the words alone are not the message. */
  readonly pictures: boolean;
  readonly files: readonly {
    readonly id: string;
    readonly filename: string;
    readonly bytes: number;
    readonly contentType: string;
  }[];
}

/** How a ticket stands in words for its customer. */
const WORDS: Record<TicketStatus, { readonly symbol: string; readonly label: string; readonly text: string }> = {
  new: { symbol: 'circle-plus', label: 'Received', text: 'We have it and will answer soon.' },
  open: { symbol: 'circle-dot', label: 'In progress', text: 'We are working on it.' },
  waiting: { symbol: 'hourglass', label: 'Waiting for you', text: 'We have answered and wait to hear from you.' },
  'on-hold': { symbol: 'circle-pause', label: 'On hold', text: 'Somebody else must act first; we keep an eye on it.' },
  resolved: { symbol: 'circle-check', label: 'Resolved', text: 'If something is still wrong, just write again.' },
  closed: { symbol: 'circle-minus', label: 'Closed', text: 'Write again if you need more help with this.' },
  spam: { symbol: 'circle-minus', label: 'Closed', text: '' },
};

/** A conversation as its customer sees it. */
@Injectable()
export class RequestThreadPage {
  constructor(
    private readonly database: Database,
    private readonly access: TicketAccess,
  ) {}

  /** `path` is where the conversation lies for this reader. */
  async read(number: number, sight: Sight, path: string): Promise<object> {
    const people = await this.people(number);
    const reader = people.find(({ id }) => id === sight.contactId);
    const [request] = await this.database.query<StoredRequest>(
      `select number, subject, status, created_at as "createdAt", closed_at as "closedAt",
         (select min(due_at) from clock where ticket_number = number and state = 'running' and metric in ('firstResponse', 'nextResponse')
           and withdrawn_at is null) as "answerBy"
       from ticket where number = $1`,
      [number],
    );
    if (request === undefined) throw Problem.notFound('There is no such request.');

    const messages = await this.messages(number, sight);
    const { status } = request;
    return {
      path,
      request: { ...request, ...WORDS[status], status: { name: status, ...WORDS[status] } },
      messages: messages.map((message) => ({
        ...message,
        text: message.newText.trim() === '' ? message.text : message.newText,
        quoted: message.ours ? null : quotedIn(message),
        frame: message.hasHtml ? `${path}/messages/${message.id}/html` : null,
        files: message.files.map((file) => shownFile(file, `${path}/attachments/${file.id}`)),
      })),
      // Addresses of others are for whoever put them there; everybody else reads names.
      copies: people
        .filter(({ kind }) => kind === 'cc')
        .map(({ email, name }) => ({
          name: name !== '' ? name : email,
          email: reader?.kind === 'requester' ? email : null,
        })),
      mail: { mine: reader?.kind === 'cc', silenced: reader?.silenced ?? false },
      may: {
        copy: reader?.kind === 'requester' && status !== 'spam',
        close: ['new', 'open', 'waiting', 'on-hold'].includes(status),
        reopen: status === 'resolved',
      },
    };
  }

  private async people(number: number): Promise<Person[]> {
    return this.database.query<Person>(
      `select contact.id, contact.email, contact.name, participant.kind, silenced_at is not null as silenced
       from participant join contact on contact.id = participant.contact_id where ticket_number = $1 order by participant.id`,
      [number],
    );
  }

  /** A file of a message within sight. */
  async file(
    number: number,
    sight: Sight,
    id: string,
  ): Promise<{ filename: string; contentType: string; sha256: string } | undefined> {
    const within = this.access.messagesWithin(sight, 3);
    const [file] = await this.database.query<{ filename: string; contentType: string; sha256: string }>(
      `select filename, content_type as "contentType", sha256 from attachment join message on message.id = message_id
       where attachment.id = $1 and message.ticket_number = $2 and ${within.sql}`,
      [id, number, ...within.parameters],
    );
    return file;
  }

  /** A message within sight, as it was formatted. */
  async message(number: number, sight: Sight, id: string): Promise<{ id: string; html: string | null } | undefined> {
    const within = this.access.messagesWithin(sight, 3);
    const [message] = await this.database.query<{ id: string; html: string | null }>(
      `select id, html from message where id = $1 and ticket_number = $2 and kind in ('customer', 'reply') and ${within.sql}`,
      [id, number, ...within.parameters],
    );
    return message;
  }

  private async messages(number: number, sight: Sight): Promise<StoredWords[]> {
    const within = this.access.messagesWithin(sight, 2);
    return this.database.query<StoredWords>(
      `select message.id, message.kind = 'reply' as ours, message.created_at as at, message.text, message.new_text as "newText",
         coalesce(app_user.name, nullif(contact.name, ''), contact.email, message.author_name) as author,
         message.html is not null as "hasHtml", exists (select from attachment where message_id = message.id and ${PICTURED}) as pictures,
         coalesce((select json_agg(json_build_object('id', attachment.id, 'filename', filename, 'bytes', size,
             'contentType', content_type) order by attachment.position)
           from attachment where message_id = message.id and not ${PICTURED}), '[]') as files
       from message
         left join app_user on app_user.id = message.author_user_id
         left join contact on contact.id = message.author_contact_id
       where message.ticket_number = $1 and message.kind in ('customer', 'reply') and ${within.sql}
       order by message.created_at, message.position`,
      [number, ...within.parameters],
    );
  }
}
