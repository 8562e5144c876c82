import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { restoreBackup } from '../../../src/cli/backup/restore-backup.js';
import { writeBackup } from '../../../src/cli/backup/write-backup.js';
import { BlobStore } from '../../../src/platform/blobs/blob-store.js';
import { Presence } from '../../../src/platform/database/presence.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { House } from '../../support/house.js';
import { carl, hire } from '../../support/people.js';

/** Whatever a backup must bring back, as text that can be compared. */
async function contentsOf(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const texts = async (sql: string): Promise<string> => {
    const { rows } = await client.query<{ text: string | null }>(
      `select string_agg(t::text, e'\\n' order by t::text) as text from (${sql}) t`,
    );
    return rows[0]?.text ?? '';
  };
  const { rows: tables } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  const contents: Record<string, string> = {
    constraints: await texts(
      `select conrelid::regclass, conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace`,
    ),
    indexes: await texts(`select indexdef from pg_indexes where schemaname = 'public'`),
    triggers: await texts(`select tgrelid::regclass, tgname, tgenabled from pg_trigger where not tgisinternal`),
    sequences: await texts(
      `select sequencename, last_value from pg_sequences where schemaname = 'public' and sequencename not like 'migration%'`,
    ),
  };
  for (const { name } of tables) {
    if (name !== 'migration') contents[name] = await texts(`select * from public."${name}"`);
  }
  await client.end();
  return contents;
}

describe('backup and restore', () => {
  let house: House;
  let folder: string;
  let file: string;
  let fresh: TestDatabase;
  const progress = jest.spyOn(process.stderr, 'write').mockReturnValue(true);

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'punctual-backup-'));
    file = path.join(folder, 'desk.backup');
    fresh = await createTestDatabase();
    house = await House.openForBusiness();
    await hire(house);
    await house.transaction((tx) =>
      house.get(BlobStore).put(tx, Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))),
    );
    await house.mailArrives({
      from: carl.from,
      subject: 'Drucker „brennt“ 🔥',
      text: 'Zeile eins\nZeile\tzwei \\N \\.\n\\.\nEnde',
    });
    for (let number = 0; number < 5; number++) {
      await house.api.post('/tickets', {
        subject: `Number ${number}`,
        body: 'It does not print.',
        requester: { email: `c${number}@example.com` },
        level: 'L1',
      });
    }
    await house.passTime('2h');
    await writeBackup(house.databaseUrl, file);
  }, 60_000);
  afterAll(async () => {
    progress.mockRestore();
    rmSync(folder, { recursive: true });
    await fresh.drop();
    await house.close();
  });

  it('bring back every row of every table, every rule and every number given out', async () => {
    const before = await contentsOf(house.databaseUrl);
    const filled = Object.entries(before).filter(([, text]) => text !== '');
    expect(filled.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'ticket',
        'message',
        'ticket_event',
        'clock',
        'incident',
        'blob',
        'inbound_mail',
        'outgoing_mail',
        'app_user',
      ]),
    );

    await restoreBackup(fresh.url, file, { replace: false });
    expect(await contentsOf(fresh.url)).toEqual(before);
  });

  it('keep the file for its owner, and leave nothing half written', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => statSync(`${file}.partial`)).toThrow('ENOENT');
  });

  it('touch nothing when there is a desk already, when one is running, or when the file is damaged', async () => {
    const before = await contentsOf(fresh.url);
    await expect(restoreBackup(fresh.url, file, { replace: false })).rejects.toThrow(
      'There is a desk in this database already.',
    );
    const presence = await Presence.enter(fresh.url, 'desk');
    const beside = restoreBackup(fresh.url, file, { replace: true });
    await expect(beside).rejects.toThrow('A desk is running on this database.');
    await presence.leave();

    const damaged = path.join(folder, 'damaged');
    const bytes = readFileSync(file);
    writeFileSync(damaged, bytes.subarray(0, bytes.length - 100));
    await expect(restoreBackup(fresh.url, damaged, { replace: true })).rejects.toThrow(
      'cannot be read as a backup: unexpected end of file.',
    );
    writeFileSync(damaged, 'hello');
    await expect(restoreBackup(fresh.url, damaged, { replace: true })).rejects.toThrow(
      'cannot be read as a backup: incorrect header check.',
    );
    await expect(restoreBackup(fresh.url, path.join(folder, 'nowhere'), { replace: true })).rejects.toThrow('ENOENT');
    expect(await contentsOf(fresh.url)).toEqual(before);
  });

  it('put a backup in the place of another desk only when told to', async () => {
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(`delete from blob; update ticket set subject = 'changed since'`);
    await client.end();
    await restoreBackup(fresh.url, file, { replace: true });
    expect(await contentsOf(fresh.url)).toEqual(await contentsOf(house.databaseUrl));
  });
});
