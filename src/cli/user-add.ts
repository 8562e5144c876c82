import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import { ROLES, type Role } from '../identity/current-user.js';
import { Users } from '../identity/users.js';
import { Database } from '../platform/database/database.js';
import { COMMAND_LINE, print, withHouse } from './frame.js';

interface Options {
  readonly name?: string;
  readonly role: Role;
  readonly timezone?: string;
  readonly passwordStdin?: true;
}

export function userAddCommand(): Command {
  return new Command('add')
    .description('let somebody sign in; the password is made and shown once, unless one is given')
    .argument('<email>', 'the address to sign in with')
    .option('--name <name>', 'how the person is called (default: the address)')
    .addOption(new Option('--role <role>', 'what the person may do').choices(ROLES).default('agent'))
    .option('--timezone <zone>', "an IANA time zone, such as Europe/Berlin (default: the desk's)")
    .option('--password-stdin', 'read the password from standard input')
    .action(async (email: string, options: Options) => {
      const password = options.passwordStdin
        ? (await text(process.stdin)).replace(/\r?\n$/, '')
        : randomBytes(15).toString('base64url');
      const user = { email, name: options.name ?? email, role: options.role, password };
      const zoned = options.timezone === undefined ? user : { ...user, timezone: options.timezone };
      await withHouse((house) =>
        house.get(Database).transaction((tx) => house.get(Users, { strict: false }).add(tx, zoned, COMMAND_LINE)),
      );
      print(`${email} may sign in as ${options.role}.`);
      if (!options.passwordStdin) print(`Password: ${password}`);
    });
}
