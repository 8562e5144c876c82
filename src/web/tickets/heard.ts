import type { Database } from '../../platform/database/database.js';

/** The events with which something is said in a ticket that whoever answers it should have read. */
export const SAID = `'created', 'customerMessage', 'agentReply', 'call', 'note'`;

/** Who has said something in this ticket since that event, which was the last one that a page showed; null: nobody. */
export async function heardSince(database: Database, number: number, heardUntil: string): Promise<string | null> {
  const [last] = await database.query<{ id: string; by: string }>(
    `select id, coalesce(nullif(by ->> 'name', ''), by ->> 'email', 'Somebody') as by from ticket_event
     where ticket_number = $1 and type in (${SAID}) order by id desc limit 1`,
    [number],
  );
  return last === undefined || last.id === heardUntil ? null : last.by;
}
