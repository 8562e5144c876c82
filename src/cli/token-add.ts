import { Command } from 'commander';
import { ApiTokens } from '../identity/api-tokens.js';
import { Database } from '../platform/database/database.js';
import { COMMAND_LINE, print, withHouse } from './frame.js';

export function tokenAddCommand(): Command {
  return new Command('add')
    .description('make an API token that acts as a user; it is the only line on standard output, and shown once')
    .argument('<email>', 'the user whose rights it has')
    .option('--name <name>', 'what it is for', 'command line')
    .action(async (email: string, { name }: { name: string }) => {
      const { token } = await withHouse((house) =>
        house
          .get(Database)
          .transaction((tx) => house.get(ApiTokens, { strict: false }).issue(tx, { email, name }, COMMAND_LINE)),
      );
      print(token);
    });
}
