import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import { TicketAccess, type Sight } from '../tickets/ticket-access.js';
import { Cursors, limitOf, type Page, type PageQuery } from './paging.js';
import { eventJson, type EventJson, type EventRecord } from './shapes/event.js';
import { messageColumns, messageJson, messageTables, type MessageJson, type MessageRecord } from './shapes/message.js';

type Asked = Pick<Transaction, 'query'>;
type Place = readonly [at: string, position: string];

const isPlace = (value: unknown): value is Place => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [at, position] = value as unknown[];
  return (
    typeof at === 'string' &&
    !Number.isNaN(Date.parse(at)) &&
    typeof position === 'string' &&
    /^\d{1,18}$/.test(position)
  );
};

const messageCursors = new Cursors<Place>('messages', isPlace);
const eventCursors = new Cursors<Place>('events', isPlace);

/** What was said in a ticket and what happened to it, oldest first. */
@Injectable()
export class ConversationQuery {
  constructor(private readonly access: TicketAccess) {}

  async messages(asked: Asked, number: number, sight: Sight, query: PageQuery): Promise<Page<MessageJson>> {
    const within = this.access.messagesWithin(sight, 4);
    const [at, position] = messageCursors.read(query) ?? [null, null];
    const limit = limitOf(query);
    const rows = await asked.query<MessageRecord>(
      `select ${messageColumns} from ${messageTables}
       where message.ticket_number = $1 and ${within.sql}
         and ($2::timestamptz is null or (message.created_at, message.position) > ($2, $3::bigint))
       order by message.created_at, message.position limit ${limit + 1}`,
      [number, at, position, ...within.parameters],
    );
    return messageCursors.page(rows, limit, (row) => [row.createdAt.toISOString(), row.position], messageJson);
  }

  async message(asked: Asked, id: string): Promise<MessageJson> {
    const [row] = await asked.query<MessageRecord>(
      `select ${messageColumns} from ${messageTables} where message.id = $1`,
      [id],
    );
    if (row === undefined) throw new Error(`Message ${id} is gone as soon as it was written.`);
    return messageJson(row);
  }

  async events(asked: Asked, number: number, query: PageQuery): Promise<Page<EventJson>> {
    const [at, id] = eventCursors.read(query) ?? [null, null];
    const limit = limitOf(query);
    const rows = await asked.query<EventRecord>(
      `select id, at, type, by, data from ticket_event
       where ticket_number = $1 and ($2::timestamptz is null or (at, id) > ($2, $3::bigint))
       order by at, id limit ${limit + 1}`,
      [number, at, id],
    );
    return eventCursors.page(rows, limit, (row) => [row.at.toISOString(), row.id], eventJson);
  }
}
