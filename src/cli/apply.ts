import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { inWords, type Change } from '../desk-file/changes.js';
import { DeskFiles } from '../desk-file/desk-files.js';
import { FirstRun } from '../desk-file/first-run.js';
import { readDeskFile } from '../desk-file/read.js';
import { Database } from '../platform/database/database.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { impactInWords } from '../sla/impact-in-words.js';
import { Rehearsal, type Impact } from '../sla/rehearsal.js';
import { COMMAND_LINE, print, withHouse } from './frame.js';

export function applyCommand(): Command {
  return new Command('apply')
    .description('make the desk what a desk file says; what the file does not name stays')
    .argument('<file>', 'a YAML file, or - for standard input')
    .option('--dry-run', 'only show what would change, and what that would do to running clocks')
    .action(async (file: string, { dryRun }: { dryRun?: true }) => {
      const read = readDeskFile(await contentOf(file));
      const { changes, impact } = await withHouse(async (house): Promise<Outcome> => {
        const files = house.get(DeskFiles, { strict: false });
        const database = house.get(Database);
        // As a start of the desk would, so that the file comes on top of the defaults and not in their place.
        await database.transaction((tx) => house.get(FirstRun, { strict: false }).furnish(tx));
        let made: Change[] = [];
        const apply = async (tx: Transaction): Promise<void> => {
          made = await files.apply(tx, read, COMMAND_LINE);
        };
        if (dryRun) return { impact: await house.get(Rehearsal, { strict: false }).of(apply), changes: made };
        await database.transaction(apply);
        return { impact: null, changes: made };
      });
      print(report(changes, impact));
    });
}

interface Outcome {
  readonly changes: readonly Change[];
  /** Of what was only tried. */
  readonly impact: Impact | null;
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);

  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw Problem.notFound(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function report(changes: readonly Change[], impact: Impact | null): string {
  if (changes.length === 0) return 'The desk is as the file says; nothing to change.';

  const lines = changes.map((change) => `  ${inWords(change)}`);
  if (impact === null) return ['Changed:', ...lines].join('\n');
  const clocks = [...impactInWords(impact), ...impact.examples.map(exampleInWords)].map((line) => `  ${line}`);
  return ['This would change:', ...lines, 'What it would do to running clocks:', ...clocks].join('\n');
}

function exampleInWords({ ticket, metric, from, to, why }: Impact['examples'][number]): string {
  const due = (at: Date | null): string => at?.toISOString() ?? 'nothing';
  return `  #${String(ticket)} ${metric}: due ${due(from)} → ${due(to)}, ${why}`;
}
