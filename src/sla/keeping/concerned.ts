const LIVE_CLOCK = `state in ('running', 'paused') and withdrawn_at is null`;
/** A ticket to which something can be promised, though now perhaps nothing is. */
const LIVE_TICKET = `status in ('new', 'open', 'waiting', 'on-hold') and merged_into is null`;

/**
 * SQL for the tickets whose clocks a change of what is promised may concern. `calendars` is the parameter with those whose hours alone have
 * changed; where it is null, anything may have.
 */
export const concernedTickets = (calendars: string): string =>
  `select ticket_number as number from clock
   where ${LIVE_CLOCK} and (${calendars}::uuid[] is null or calendar_id = any(${calendars}))
   union select number from ticket where ${calendars}::uuid[] is null and ${LIVE_TICKET}`;
