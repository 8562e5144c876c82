import pg from 'pg';

/** A table of the desk, without what is computed from the rest. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly bytes: number;
}

/** TypeORM's own list of steps: a restored database has taken them already. */
const STEPS = 'migration';

/**
 * All tables of the desk. BullMQ's are not among them: the queue only rings for rows that wait in ours, and sweeps find those.
 */
export async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<{ name: string; columns: string[]; bytes: string }>(
    `select c.relname as name, pg_table_size(c.oid) as bytes,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
     from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> $1
     order by c.relname`,
    [STEPS],
  );
  return rows.map(({ bytes, ...table }) => ({ ...table, bytes: Number(bytes) }));
}

export async function sequencesOf(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `select s.sequencename as name, s.last_value::text as value from pg_sequences s
     where s.schemaname = 'public' and s.last_value is not null
       and not exists (select from pg_depend d where d.objid = format('public.%I', s.sequencename)::regclass
                       and d.refobjid = $1::regclass)`,
    [`public.${STEPS}`],
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** `public."table" ("column", …)`, as COPY wants it. */
export function target({ name, columns }: { name: string; columns: readonly string[] }): string {
  return `public.${pg.escapeIdentifier(name)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')})`;
}
