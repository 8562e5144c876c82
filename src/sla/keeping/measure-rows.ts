import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transaction.js';
import type { Measure } from '../clock/measures.js';
import type { MeasureRow } from '../measure.entity.js';
import { snapshotOf } from './clock-rows.js';
import type { TicketTraits } from './ticket-terms.js';

/** What is kept of measures: those that are over and that no clock tells of. */
export function measureRows(ticket: TicketTraits, measures: readonly Measure[]): MeasureRow[] {
  return measures.flatMap(({ metric, cycle, team, run, countedMs, endedAt, promised }) =>
    endedAt === null || promised
      ? []
      : [
          {
            ...{ ticketNumber: ticket.number, metric, cycle, team, startedAt: run.startedAt, endedAt },
            elapsedSeconds: countedMs / 1000,
            ...snapshotOf(ticket),
          },
        ],
  );
}

/** Saves what was measured of tickets. */
@Injectable()
export class MeasureRows {
  /** Of these tickets, just these are kept. What the ticket was when a measure ended stays written on it. */
  async save(tx: Transaction, tickets: readonly number[], rows: readonly MeasureRow[]): Promise<void> {
    await tx.query(
      `with given as (
         select * from jsonb_to_recordset($2::jsonb) as row ("ticketNumber" integer, metric text, cycle integer, team text,
           "startedAt" timestamptz, "endedAt" timestamptz, "elapsedSeconds" double precision, level text, "queueId" uuid,
           "assigneeId" uuid, "organisationId" uuid)
       ), gone as (
         delete from measure where ticket_number = any($1::integer[])
           and not exists (select from given where "ticketNumber" = ticket_number and given.metric = measure.metric
             and given.cycle = measure.cycle)
       )
       insert into measure as stored (ticket_number, metric, cycle, team, started_at, ended_at, elapsed_seconds, level, queue_id,
         assignee_id, organisation_id)
       select * from given
       on conflict on constraint measure_pk do update
         set team = excluded.team, started_at = excluded.started_at, elapsed_seconds = excluded.elapsed_seconds,
           ended_at = excluded.ended_at,
           level = case when stored.ended_at = excluded.ended_at then stored.level else excluded.level end,
           queue_id = case when stored.ended_at = excluded.ended_at then stored.queue_id else excluded.queue_id end,
           assignee_id = case when stored.ended_at = excluded.ended_at then stored.assignee_id else excluded.assignee_id end,
           organisation_id =
             case when stored.ended_at = excluded.ended_at then stored.organisation_id else excluded.organisation_id end
         where (stored.team, stored.started_at, stored.elapsed_seconds, stored.ended_at)
           is distinct from (excluded.team, excluded.started_at, excluded.elapsed_seconds, excluded.ended_at)`,
      [tickets, JSON.stringify(rows)],
    );
  }

  async of(tx: Transaction, tickets: readonly number[]): Promise<MeasureRow[]> {
    return tx.query<MeasureRow>(
      `select ticket_number as "ticketNumber", metric, cycle, team, started_at as "startedAt", ended_at as "endedAt",
         elapsed_seconds as "elapsedSeconds", level, queue_id as "queueId", assignee_id as "assigneeId",
         organisation_id as "organisationId"
       from measure where ticket_number = any($1::integer[]) order by ticket_number, metric, cycle`,
      [tickets],
    );
  }
}
