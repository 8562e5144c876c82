import type { DataSource } from 'typeorm';
import { createDataSource, entities, migrations } from '../../src/data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

interface ColumnRow {
  table_name: string;
  column_name: string;
  type: string;
  nullable: boolean;
}

/** What each column is called in PostgreSQL's own words, as format_type gives them. */
const POSTGRES_NAME: Record<string, string> = {
  timestamptz: 'timestamp with time zone',
  'timestamp with time zone': 'timestamp with time zone',
  bool: 'boolean',
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  float8: 'double precision',
};

const columnsOf = (source: DataSource): Promise<ColumnRow[]> =>
  source.query(`
    select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname <> 'migration'
    order by 1, 2`);

describe('the migrations', () => {
  let database: TestDatabase;
  let source: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    source = createDataSource({ url: database.url, poolSize: 2 });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('make exactly the tables and columns that the entities say', async () => {
    const columns = await columnsOf(source);
    const inDatabase = columns.map(
      (row) => `${row.table_name}.${row.column_name} ${row.type}${row.nullable ? ' null' : ''}`,
    );
    const inEntities = source.entityMetadatas.flatMap((entity) =>
      entity.columns.map((column) => {
        const name = typeof column.type === 'string' ? column.type : column.type.name.toLowerCase();
        const type = (POSTGRES_NAME[name] ?? name) + (column.isArray ? '[]' : '');
        return `${entity.tableName}.${column.databaseName} ${type}${column.isNullable ? ' null' : ''}`;
      }),
    );
    expect(inDatabase.sort()).toEqual(inEntities.sort());
    expect(source.entityMetadatas).toHaveLength(entities.length);
  });

  it('name every constraint themselves', async () => {
    const unnamed: { conname: string }[] = await source.query(`
      select conrelid::regclass || ': ' || conname as conname from pg_constraint
      where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid::regclass::text <> 'migration'
        and conname ~ '_(pkey|fkey|key|check)[0-9]*$'`);
    expect(unnamed).toEqual([]);
  });

  it('read no clock of their own: no column defaults to the present', async () => {
    const clocks: { name: string }[] = await source.query(`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'public' and column_default ~* '(now\\(|current_timestamp|clock_timestamp|statement_timestamp)'`);
    expect(clocks).toEqual([]);
  });

  it('can all be taken back and made again', async () => {
    const before = await columnsOf(source);
    for (let undone = 0; undone < migrations.length; undone++) await source.undoLastMigration();
    expect(await columnsOf(source)).toEqual([]);
    await source.runMigrations();
    expect(await columnsOf(source)).toEqual(before);
  });
});
