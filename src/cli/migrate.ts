import { Command } from 'commander';
import { openGround } from '../ground.js';
import { print, settings } from './frame.js';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database to what this release wants (every start does it too)')
    .action(async () => {
      const ground = await openGround({ ...settings(), use: 'command' });
      await ground.close();
      print(ground.steps.length === 0 ? 'The database is up to date.' : `Done: ${ground.steps.join(', ')}.`);
    });
}
