import { Injectable } from '@nestjs/common';
import type { Transaction } from '../platform/database/transaction.js';
import type { Actor } from './actor.js';
import { Attachments, type KeptFile } from './attachments.js';
import type { MessageKind } from './message.entity.js';

/** What somebody says, with the files that go along. */
export interface Words {
  readonly text: string;
  /** Without quoted history and signature; the whole text where nobody has told them apart. */
  readonly newText?: string;
  readonly html?: string | null;
  readonly files?: readonly KeptFile[];
}

interface NewMessage {
  readonly ticket: number;
  readonly kind: MessageKind;
  readonly author: Actor;
  readonly words: Words;
  readonly at: Date;
  readonly inboundMailId?: string | null;
  readonly unverified?: boolean;
}

/** Writes messages down. */
@Injectable()
export class MessageStore {
  constructor(private readonly attachments: Attachments) {}

  /** Answers the message's id. */
  async insert(tx: Transaction, { ticket, kind, author, words, at, ...more }: NewMessage): Promise<string> {
    const text = storable(words.text);
    const [row] = await tx.query<{ id: string }>(
      `insert into message (ticket_number, kind, author_user_id, author_contact_id, author_name, text, new_text, html,
         unverified, created_at, inbound_mail_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
      [
        ticket,
        kind,
        author.kind === 'user' ? author.id : null,
        author.kind === 'contact' ? author.id : null,
        author.kind === 'user' || author.kind === 'contact' ? null : author.name,
        text,
        words.newText === undefined ? text : storable(words.newText),
        words.html === undefined || words.html === null ? null : storable(words.html),
        more.unverified ?? false,
        at,
        more.inboundMailId ?? null,
      ],
    );
    const id = row?.id ?? '';
    await this.attachments.attach(tx, id, words.files ?? []);
    return id;
  }

  async leftAs(tx: Transaction, id: string, outgoingMailId: string): Promise<void> {
    await tx.query(`update message set outgoing_mail_id = $2 where id = $1`, [id, outgoingMailId]);
  }
}

/** PostgreSQL keeps no NUL, and half a surrogate pair is no character. */
const storable = (text: string): string => text.replaceAll('\0', '').replace(/\p{Cs}/gu, '\ufffd');
