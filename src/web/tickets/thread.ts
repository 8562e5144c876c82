import type { MessageKind } from '../../tickets/message.entity.js';
import { shownFile } from '../message-content.js';
import { happening, summary, type Happening, type StoredEvent } from './happenings.js';

/** A message as the ticket's page reads it. */
export interface StoredMessage {
  readonly id: string;
  readonly kind: MessageKind;
  readonly at: Date;
  readonly text: string;
  readonly newText: string;
  readonly hasHtml: boolean;
  readonly unverified: boolean;
  readonly author: string;
  readonly email: string | null;
  /** Who else the mail went to, besides the desk. */
  readonly others: readonly { readonly name: string; readonly email: string; readonly as: 'to' | 'cc' }[];
  /** Whether pictures stand between its words, so that the words alone are not the message. */
  readonly pictures: boolean;
  readonly delivery: {
    readonly state: 'queued' | 'sent' | 'bounced' | 'failed';
    readonly captured: boolean;
    readonly lastError: string | null;
  } | null;
  readonly authentication: {
    readonly spf: string | null;
    readonly dkim: string | null;
    readonly dmarc: string | null;
  } | null;
  readonly files: readonly {
    readonly id: string;
    readonly filename: string;
    readonly bytes: number;
    readonly contentType: string;
  }[];
}

interface Mark {
  readonly tone: string;
  readonly symbol: string;
  readonly label: string;
  readonly detail: string;
}

export type ThreadItem =
  | { readonly message: object; readonly happenings: null; readonly summary: null; readonly open: null }
  | {
      readonly message: null;
      readonly happenings: readonly Happening[];
      readonly summary: string;
      readonly open: boolean;
    };

const LABELS: Record<MessageKind, string> = {
  customer: 'Message',
  reply: 'Reply',
  note: 'Internal note',
  call: 'Call',
  automatic: 'Automatic mail',
};

/**
 * Messages and, folded between them, what else happened, in the order of the ticket's own history. Messages that it does not know,
 * such as those of a ticket merged into this one, stand where their time puts them, and so does what happened besides.
 */
export function threadOf(
  messages: readonly StoredMessage[],
  events: readonly StoredEvent[],
  besides: readonly Happening[] = [],
): ThreadItem[] {
  const told = new Map(messages.map((message) => [message.id, message]));
  const known = new Set(events.map(messageIn));
  const strangers = messages.filter(({ id }) => !known.has(id));
  const others = besides.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  const items: ThreadItem[] = [];
  let folded: Happening[] = [];

  const unfold = (): void => {
    if (folded.length > 0) items.push({ message: null, happenings: folded, summary: summary(folded), open: false });
    folded = [];
  };
  const say = (message: StoredMessage | undefined): void => {
    if (message === undefined) return;
    unfold();
    items.push({ message: shown(message), happenings: null, summary: null, open: null });
  };
  const tellBefore = (at: Date | null): void => {
    while (others[0] !== undefined && (at === null || others[0].at < at)) folded.push(others.shift() as Happening);
  };
  for (const event of events) {
    while (strangers[0] !== undefined && strangers[0].at < event.at) {
      tellBefore(strangers[0].at);
      say(strangers.shift());
    }
    tellBefore(event.at);
    say(told.get(messageIn(event) ?? ''));
    const happened = happening(event);
    if (happened !== null) folded.push(happened);
  }
  for (const stranger of strangers) {
    tellBefore(stranger.at);
    say(stranger);
  }
  tellBefore(null);
  unfold();
  return items;
}

function messageIn(event: StoredEvent): string | null {
  return 'message' in event.data ? event.data.message : null;
}

function shown(message: StoredMessage): object {
  const { id, kind, author, email, unverified, hasHtml, pictures, at, newText } = message;
  return {
    ...{ id, kind, author, email, unverified, hasHtml, pictures, at },
    to: othersOf(message, 'to'),
    cc: othersOf(message, 'cc'),
    label: LABELS[kind],
    text: newText.trim() === '' ? message.text : newText,
    quoted: quotedIn(message),
    delivery: deliveryMark(message),
    authentication: authenticationMark(message),
    files: message.files.map((file) => shownFile(file, `/attachments/${file.id}`)),
  };
}

function othersOf({ others }: StoredMessage, way: 'to' | 'cc'): string {
  const named = others.filter((one) => one.as === way);
  return named.map(({ name, email }) => (name === '' ? email : name)).join(', ');
}

/** What stands around the new words: the history that mail programs add. */
export function quotedIn({ text, newText }: Pick<StoredMessage, 'text' | 'newText'>): string | null {
  const whole = text.trim();
  const fresh = newText.trim();
  if (fresh === '' || squeezed(whole) === squeezed(fresh)) return null;

  const rest = whole.startsWith(fresh) ? whole.slice(fresh.length).trim() : whole;
  return rest === '' ? null : rest;
}

function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function deliveryMark({ delivery }: StoredMessage): Mark | null {
  if (delivery === null) return null;

  const detail = delivery.lastError ?? '';
  switch (delivery.state) {
    case 'queued':
      return {
        tone: 'outline',
        symbol: 'clock',
        label: 'Queued',
        detail: detail === '' ? 'Leaves in a moment' : detail,
      };
    case 'sent':
      return delivery.captured
        ? {
            tone: 'outline',
            symbol: 'archive',
            label: 'Captured',
            detail: 'No mail relay is set: it is kept in the outbox for reading',
          }
        : { tone: 'green', symbol: 'check-check', label: 'Sent', detail: 'The mail relay has taken it' };
    case 'bounced':
      return { tone: 'red', symbol: 'mail-x', label: 'Bounced', detail };
    case 'failed':
      return { tone: 'red', symbol: 'mail-x', label: 'Not delivered', detail };
  }
}

function authenticationMark({ authentication }: StoredMessage): Mark | null {
  if (authentication === null || authentication.dmarc === null) return null;

  const detail = `SPF ${authentication.spf ?? 'not checked'}, DKIM ${authentication.dkim ?? 'not checked'}, DMARC ${authentication.dmarc}`;
  return authentication.dmarc === 'pass'
    ? { tone: 'outline', symbol: 'shield-check', label: 'Verified', detail }
    : { tone: 'red', symbol: 'shield-alert', label: `DMARC ${authentication.dmarc}`, detail };
}
