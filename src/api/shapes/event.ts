import type { Actor } from '../../tickets/actor.js';
import type { TicketEventType } from '../../tickets/ticket-events.js';

export interface EventRecord {
  readonly id: string;
  readonly at: Date;
  readonly type: TicketEventType;
  readonly by: Actor;
  readonly data: object;
}

export interface EventJson {
  readonly id: string;
  readonly at: string;
  readonly type: TicketEventType;
  readonly by: { readonly kind: Actor['kind']; readonly name: string; readonly email?: string };
  readonly data: object;
}

export function eventJson({ id, at, type, by, data }: EventRecord): EventJson {
  const { kind, name } = by;
  return { id, at: at.toISOString(), type, by: { kind, name, ...('email' in by ? { email: by.email } : {}) }, data };
}
