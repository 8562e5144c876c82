import path from 'node:path';
import { Command } from 'commander';
import { restoreBackup } from './backup/restore-backup.js';
import { print, withDatabase } from './frame.js';

export function restoreCommand(): Command {
  return new Command('restore')
    .description('make the database what a backup says; stop the desk before')
    .argument('<file>', 'what backup has written')
    .option('--replace', 'also if there is a desk in the database: all of it is lost', false)
    .addHelpText(
      'after',
      '\nThe desk needs the secret key that it had then: DATA_DIR/secret.key, or the setting SECRET_KEY.',
    )
    .action(async (file: string, { replace }: { replace: boolean }) => {
      const rows = await withDatabase((url) => restoreBackup(url, path.resolve(file), { replace }));
      print(`${rows} rows are restored.`);
    });
}
