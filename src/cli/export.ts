import { Command } from 'commander';
import { DeskFiles } from '../desk-file/desk-files.js';
import { Database } from '../platform/database/database.js';
import { withHouse } from './frame.js';

export function exportCommand(): Command {
  return new Command('export')
    .description('write the desk file of this desk to standard output; it applies to an empty desk')
    .action(async () => {
      const file = await withHouse((house) =>
        house.get(Database).readOnly((tx) => house.get(DeskFiles, { strict: false }).export(tx)),
      );
      process.stdout.write(file);
    });
}
