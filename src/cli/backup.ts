import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { CannotStart } from '../platform/problems/cannot-start.js';
import { writeBackup } from './backup/write-backup.js';
import { print, withDatabase } from './frame.js';

export function backupCommand(): Command {
  return new Command('backup')
    .description('write everything in the database to one file, as of one moment; the desk goes on meanwhile')
    .argument('<file>', 'where to; nothing is overwritten')
    .addHelpText('after', '\nThe secret key is not in it. Keep it too: DATA_DIR/secret.key, or the setting SECRET_KEY.')
    .action(async (given: string) => {
      const file = path.resolve(given);
      if (existsSync(file)) throw new CannotStart(`${file} exists already.`);

      const rows = await withDatabase((url) => writeBackup(url, file));
      print(`${rows} rows are in ${file}.`);
    });
}
