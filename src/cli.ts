import 'reflect-metadata';
import { Command } from 'commander';
import { ConfigError } from './platform/config/config.js';
import { CannotStart } from './platform/problems/cannot-start.js';
import { Problem } from './platform/problems/problem.js';

/** Loaded when it is asked for: a mail server that pipes a mail into one shall not wait for all of them. */
const commands: Record<string, () => Promise<Command>> = {
  migrate: async () => (await import('./cli/migrate.js')).migrateCommand(),
  apply: async () => (await import('./cli/apply.js')).applyCommand(),
  export: async () => (await import('./cli/export.js')).exportCommand(),
  replay: async () => (await import('./cli/replay.js')).replayCommand(),
  backup: async () => (await import('./cli/backup.js')).backupCommand(),
  restore: async () => (await import('./cli/restore.js')).restoreCommand(),
  user: async () => group('user', 'people who sign in', (await import('./cli/user-add.js')).userAddCommand()),
  token: async () => group('token', 'keys for programs', (await import('./cli/token-add.js')).tokenAddCommand()),
  mail: async () => group('mail', 'mail that comes in', (await import('./cli/mail-deliver.js')).mailDeliverCommand()),
  doctor: async () => (await import('./cli/doctor.js')).doctorCommand(),
};

const program = new Command('npm run cli --')
  .description('Commands for the desk. They take the same settings as the desk, and work beside a running one.')
  .helpCommand(false);

const asked = commands[process.argv[2] ?? ''];
try {
  for (const command of asked === undefined ? Object.values(commands) : [asked]) program.addCommand(await command());
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function group(name: string, description: string, command: Command): Command {
  return new Command(name).description(description).addCommand(command);
}

/** Words for people where the fault is one that people can mend, all that we know where it is ours. */
function explain(error: unknown): string {
  if (error instanceof Problem)
    return [error.detail, ...error.faults.map(({ field, detail }) => `  ${field}: ${detail}`)].join('\n');
  if (error instanceof ConfigError || error instanceof CannotStart) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
