import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { inWords, type Change } from '../desk-file/changes.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import { FirstRun } from '../desk-file/first-run.js';
import { readDeskFile } from '../desk-file/read.js';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { COMMAND_LINE, print, withHouse } from './frame.js';

export function applyCommand(): Command {
  return new Command('apply')
    .description('make the desk what a desk file says; what the file does not name stays')
    .argument('<file>', 'a YAML file, or - for standard input')
    .option('--dry-run', 'only show what would change')
    .action(async (file: string, { dryRun }: { dryRun?: true }) => {
      const read = readDeskFile(await contentOf(file));
      const changes = await withHouse(async (house) => {
        const files = house.get(DeskFiles, { strict: false });
        const database = house.get(Database);
        // As a start of the desk would, so that the file comes on top of the defaults and not in their place.
        await database.transaction((tx) => house.get(FirstRun, { strict: false }).furnish(tx));
        if (dryRun) return files.diff(read, COMMAND_LINE);
        return database.transaction((tx) => files.apply(tx, read, COMMAND_LINE));
      });
      print(report(changes, dryRun === true));
    });
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);

  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw Problem.notFound(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function report(changes: readonly Change[], dryRun: boolean): string {
  if (changes.length === 0) return 'The desk is as the file says; nothing to change.';

  const title = dryRun ? 'This would change:' : 'Changed:';
  return [title, ...changes.map((change) => `  ${inWords(change)}`)].join('\n');
}
