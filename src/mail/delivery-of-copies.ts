/**
 * SQL: how far the copies of one letter have come, as a table with one row: the state of the worst, and each by whom it goes to. `first`
 * is SQL for the id of the first copy.
 */
export const deliveryOfCopies = (first: string): string => `(
  select (array_agg(copy.state order by array_position(array['bounced', 'failed', 'queued', 'sent'], copy.state), copy.number))[1] as state,
    bool_or(copy.captured) as captured, max(copy.attempts) as attempts, max(copy.sent_at) as sent_at, max(copy.bounced_at) as bounced_at,
    string_agg(distinct copy.last_error, ' ') filter (where copy.state <> 'sent' or copy.last_error is not null) as last_error,
    min(copy.next_try_at) as next_try_at,
    coalesce(json_agg(json_build_object('email', recipient.email, 'state', copy.state, 'error', copy.last_error) order by copy.number)
      filter (where recipient.email is not null), '[]') as recipients
  from outgoing_mail as copy
    left join lateral (select copy.copy_for as email where copy.copy_for is not null
      union all select address ->> 'email' from jsonb_array_elements(copy.recipients || copy.cc) as address where copy.copy_for is null) as recipient on true
  where copy.message_id = (select message_id from outgoing_mail where id = ${first})
  having count(*) > 0)`;
