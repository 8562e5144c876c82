import type { Transaction } from '../../platform/database/transaction.js';
import type { Scope } from '../back-test.entity.js';

/**
 * The tickets after `last` that may count in the period, under whatever promises: opened before its end, and alive in it. What was
 * resolved before it and not touched since has no clock that could be decided in it.
 */
export async function ticketsOfPeriod(
  asked: Pick<Transaction, 'query'>,
  { from, to }: { from: Date; to: Date },
  { level, queue, organisation }: Scope,
  last: number,
  limit: number | null,
): Promise<number[]> {
  const rows = await asked.query<{ number: number }>(
    `select number from ticket
     where number > $3 and created_at < $2
       and ((status not in ('resolved', 'closed', 'spam') and merged_into is null)
         or exists (select from ticket_event where ticket_number = number and at >= $1)
         or exists (select from clock where ticket_number = number and (stopped_at is null or stopped_at >= $1)))
       and ($4::text is null or level = $4 or exists (select from clock where ticket_number = number and clock.level = $4))
       and ($5::text is null or exists (select from queue where queue.name = $5 and (queue.id = ticket.queue_id
         or exists (select from clock where ticket_number = number and clock.queue_id = queue.id))))
       and ($6::text is null or exists (select from organisation where organisation.name = $6 and (organisation.id = ticket.organisation_id
         or exists (select from clock where ticket_number = number and clock.organisation_id = organisation.id))))
     order by number limit $7`,
    [from, to, last, level, queue, organisation, limit],
  );
  return rows.map(({ number }) => number);
}
