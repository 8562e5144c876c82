import { deliveryOfCopies } from '../../mail/delivery-of-copies.js';
import type { DeliveryState } from '../../mail/outbox.js';
import { sanitisedHtml } from '../../mail/sanitised-html.js';
import type { MessageKind } from '../../tickets/message.entity.js';

/** A message with its author, its files and the mail that carried it. */
export interface MessageRecord {
  readonly id: string;
  readonly position: string;
  readonly kind: MessageKind;
  readonly authorEmail: string | null;
  readonly authorName: string;
  readonly text: string;
  readonly html: string | null;
  readonly createdAt: Date;
  readonly attachments: readonly AttachmentJson[];
  readonly delivery: {
    readonly state: DeliveryState;
    readonly attempts: number;
    readonly sentAt: string | null;
    readonly bouncedAt: string | null;
    readonly error: string | null;
    readonly recipients: readonly {
      readonly email: string;
      readonly state: DeliveryState;
      readonly error: string | null;
    }[];
  } | null;
}

interface AttachmentJson {
  readonly id: string;
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
}

export const messageColumns = `message.id, message.position, message.kind, coalesce(author_user.email, author_contact.email) as "authorEmail",
  coalesce(author_user.name, author_contact.name, message.author_name) as "authorName", message.text, message.html,
  message.created_at as "createdAt",
  coalesce((
    select jsonb_agg(jsonb_build_object('id', attachment.id, 'filename', filename, 'contentType', content_type, 'size', size)
      order by attachment.position)
    from attachment where attachment.message_id = message.id), '[]') as attachments,
  (select jsonb_build_object('state', mail.state, 'attempts', mail.attempts, 'sentAt', mail.sent_at, 'bouncedAt', mail.bounced_at,
      'error', mail.last_error, 'recipients', mail.recipients)
    from ${deliveryOfCopies('message.outgoing_mail_id')} mail) as delivery`;

export const messageTables = `message
  left join app_user author_user on author_user.id = message.author_user_id
  left join contact author_contact on author_contact.id = message.author_contact_id`;

export interface MessageJson extends Omit<MessageRecord, 'position' | 'authorEmail' | 'authorName' | 'createdAt'> {
  readonly author: { readonly email: string | null; readonly name: string };
  readonly createdAt: string;
}

export function messageJson({
  position: _,
  authorEmail,
  authorName,
  createdAt,
  ...message
}: MessageRecord): MessageJson {
  const { html, delivery } = message;
  return {
    ...message,
    author: { email: authorEmail, name: authorName },
    html: html === null ? null : sanitisedHtml(html).html,
    createdAt: createdAt.toISOString(),
    delivery: delivery && { ...delivery, sentAt: instant(delivery.sentAt), bouncedAt: instant(delivery.bouncedAt) },
  };
}

/** As PostgreSQL's JSON writes it, in the API's way. */
const instant = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());
