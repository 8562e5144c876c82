import pg from 'pg';
import { Progress } from '../progress.js';
import { BackupWriter } from './backup-file.js';
import { copyOut } from './copy.js';
import { sequencesOf, tablesOf, target } from './tables.js';

/** Writes all tables as they are at one and the same moment; a desk beside it goes on. Answers how many rows there were. */
export async function writeBackup(url: string, file: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: 'punctual backup' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const writer = await BackupWriter.create(file, {
      createdAt: await timeOf(client),
      migrations: await migrationsOf(client),
    });
    try {
      return await writeTables(client, writer);
    } catch (error) {
      writer.abandon();
      throw error;
    }
  } finally {
    await client.end();
  }
}

async function writeTables(client: pg.Client, writer: BackupWriter): Promise<number> {
  const tables = await tablesOf(client);
  const progress = new Progress(
    'Backing up',
    tables.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const rows: Record<string, number> = {};
  let done = 0;
  for (const table of tables) {
    await writer.table({ table: table.name, columns: table.columns });
    let bytes = 0;
    rows[table.name] = await copyOut(client, `copy ${target(table)} to stdout`, (row) => {
      bytes += row.length;
      progress.reach(done + Math.min(bytes, table.bytes));
      return writer.row(row);
    });
    await writer.endOfTable();
    done += table.bytes;
  }
  // Sequences stand outside transactions: read before the rows they could be behind them, and a number would be given out twice.
  await writer.finish({ sequences: await sequencesOf(client), rows });
  progress.finish();
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

async function timeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ at: Date }>('select transaction_timestamp() as at');
  return rows[0]?.at.toISOString() ?? '';
}

async function migrationsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('select name from public.migration order by id');
  return rows.map(({ name }) => name);
}
