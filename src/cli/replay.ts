import type { INestApplicationContext } from '@nestjs/common';
import { Command, InvalidArgumentError } from 'commander';
import { Database } from '../platform/database/database.js';
import { Replay, type Difference } from '../sla/replay.js';
import { print, withHouse } from './frame.js';
import { Progress } from './progress.js';

const BATCH = 100;

interface Options {
  readonly fix?: true;
  readonly ticket?: number;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('count the clocks of all tickets anew from their history and report what is stored otherwise')
    .option('--fix', 'store what the history says')
    .option('--ticket <number>', 'only this ticket', numberOf)
    .action(async (options: Options) => {
      const { tickets, differences } = await withHouse((house) => replayAll(house, options));
      print(report(tickets, differences, options.fix === true));
      if (differences.length > 0 && options.fix !== true) process.exitCode = 1;
    });
}

async function replayAll(
  house: INestApplicationContext,
  { fix, ticket }: Options,
): Promise<{ tickets: number; differences: Difference[] }> {
  const replay = house.get(Replay, { strict: false });
  const database = house.get(Database);
  const total = ticket === undefined ? await database.transaction((tx) => replay.countTickets(tx)) : 1;
  const progress = new Progress('Replaying', total);
  const differences: Difference[] = [];
  let tickets = 0;
  for (let last = 0; ;) {
    const batch =
      ticket === undefined ? await database.transaction((tx) => replay.ticketsAfter(tx, last, BATCH)) : [ticket];
    differences.push(
      ...(await database.transaction(async (tx) => {
        const found = await replay.checkAll(tx, batch);
        if (fix === true && found.length > 0) await replay.mend(tx, [...new Set(found.map((one) => one.ticket))]);
        return found;
      })),
    );
    tickets += batch.length;
    last = batch.at(-1) ?? last;
    progress.reach(tickets);
    if (ticket !== undefined || batch.length < BATCH) break;
  }
  progress.finish();
  return { tickets, differences };
}

function report(tickets: number, differences: readonly Difference[], fixed: boolean): string {
  const checked = tickets === 1 ? '1 ticket' : `${tickets} tickets`;
  if (differences.length === 0) return `${checked} replayed: everything is stored as its history says.`;

  const lines = differences.map(
    ({ ticket, metric, cycle, field, stored, replayed }) =>
      `  #${ticket} ${metric} ${cycle}: ${field} is ${JSON.stringify(stored)}, replay gives ${JSON.stringify(replayed)}`,
  );
  const end = fixed
    ? 'All of it is stored as the history says now.'
    : 'Run it with --fix to store what the history says.';
  return [`${checked} replayed, ${differences.length} differences:`, ...lines, end].join('\n');
}

function numberOf(text: string): number {
  const number = Number(text.replace(/^#/, ''));
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('That is not a ticket number.');
  return number;
}
