import type { MessageKind } from '../../tickets/message.entity.js';
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
  readonly files: readonly { readonly id: string; readonly filename: string; readonly bytes: number }[];
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

/** Messages and, folded between them, what else happened. */
export function threadOf(messages: readonly StoredMessage[], events: readonly StoredEvent[]): ThreadItem[] {
  const items: ThreadItem[] = [];
  const happenings = events.map(happening).filter((one) => one !== null);
  let next = 0;
  const fold = (until: Date | null): void => {
    const folded: Happening[] = [];
    for (let one = happenings[next]; one !== undefined && (until === null || one.at < until); one = happenings[++next])
      folded.push(one);
    if (folded.length > 0) items.push({ message: null, happenings: folded, summary: summary(folded), open: false });
  };
  for (const message of messages) {
    fold(message.at);
    items.push({ message: shown(message), happenings: null, summary: null, open: null });
  }
  fold(null);
  return items;
}

function shown(message: StoredMessage): object {
  const { id, kind, author, email, unverified, hasHtml, at, newText } = message;
  return {
    ...{ id, kind, author, email, unverified, hasHtml, at },
    label: LABELS[kind],
    text: newText.trim() === '' ? message.text : newText,
    quoted: quotedIn(message),
    delivery: deliveryMark(message),
    authentication: authenticationMark(message),
    files: message.files.map((file) => ({ ...file, href: `/attachments/${file.id}` })),
  };
}

/** What stands around the new words: the history that mail programs add. */
export function quotedIn({ text, newText }: Pick<StoredMessage, 'text' | 'newText'>): string | null {
  const whole = text.trim();
  const fresh = newText.trim();
  if (fresh === '' || whole === fresh) return null;

  const rest = whole.startsWith(fresh) ? whole.slice(fresh.length).trim() : whole;
  return rest === '' ? null : rest;
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
