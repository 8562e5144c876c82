import 'reflect-metadata';
import { Command } from 'commander';
import { applyCommand } from './cli/apply.js';
import { backupCommand } from './cli/backup.js';
import { doctorCommand } from './cli/doctor.js';
import { mailDeliverCommand } from './cli/mail-deliver.js';
import { exportCommand } from './cli/export.js';
import { migrateCommand } from './cli/migrate.js';
import { replayCommand } from './cli/replay.js';
import { restoreCommand } from './cli/restore.js';
import { tokenAddCommand } from './cli/token-add.js';
import { userAddCommand } from './cli/user-add.js';
import { ConfigError } from './platform/config/config.js';
import { CannotStart } from './platform/problems/cannot-start.js';
import { Problem } from './platform/problems/problem.js';

const program = new Command('npm run cli --')
  .description('Commands for the desk. They take the same settings as the desk, and work beside a running one.')
  .helpCommand(false)
  .addCommand(migrateCommand())
  .addCommand(applyCommand())
  .addCommand(exportCommand())
  .addCommand(replayCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(new Command('user').description('people who sign in').addCommand(userAddCommand()))
  .addCommand(new Command('token').description('keys for programs').addCommand(tokenAddCommand()))
  .addCommand(new Command('mail').description('mail that comes in').addCommand(mailDeliverCommand()))
  .addCommand(doctorCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

/** Words for people where the fault is one that people can mend, all that we know where it is ours. */
function explain(error: unknown): string {
  if (error instanceof Problem)
    return [error.detail, ...error.faults.map(({ field, detail }) => `  ${field}: ${detail}`)].join('\n');
  if (error instanceof ConfigError || error instanceof CannotStart) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
