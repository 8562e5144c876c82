import 'reflect-metadata';
import type { Doors } from './desk-process.js';
import { explain } from './explain.js';
import { Config } from './platform/config/config.js';
import { Log } from './platform/log/logger.js';

/** Docker and systemd kill what is still there ten seconds after they asked it to go. */
const GONE_WITHIN_MS = 9_500;

/** The process: `ROLES` says what it does. */
async function main(): Promise<void> {
  const config = Config.read();
  const log = Log.open(config.logLevel);
  const stopping = new AbortController();
  const asked = askedToStop(log, stopping);
  // Only now: a wrong setting is said at once, not after everything has been loaded.
  const { DeskProcess } = await import('./desk-process.js');
  const started = await DeskProcess.start(config, log, stopping.signal);
  if (started !== null) {
    process.stdout.write(directions(config, started.doors));
    await asked;
    await started.desk.stop();
  }
  log.info({}, 'Stopped.');
  process.exit();
}

/** Resolves when the process shall end. What nobody has caught ends it too: better begun anew than going on half. */
async function askedToStop(log: Log, stopping: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const stop = (exitCode: number): void => {
      process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode);
      setTimeout(() => process.exit(), GONE_WITHIN_MS).unref();
      stopping.abort();
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        log.info({ signal }, 'Stopping.');
        stop(0);
      });
    }
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, (error: unknown) => {
        log.error({ err: error }, 'Something broke that nobody was prepared for; stopping.');
        stop(1);
      });
    }
  });
}

function directions(config: Config, { web, mail, setup }: Doors): string {
  const lines: ([string, string] | undefined)[] = [
    web === undefined ? undefined : ['The desk', web],
    setup === undefined ? undefined : ['Set it up', `${setup} (works once)`],
    mail === undefined ? undefined : ['Mail comes in', `${mail}, for support@${config.mail.domain}`],
    config.smtpUrl === undefined
      ? ['Mail going out', `is kept, readable at ${config.publicUrl}/admin/outbox`]
      : undefined,
  ];
  return `\n${lines
    .filter((line) => line !== undefined)
    .map(([name, where]) => `  ${name.padEnd(16)}${where}`)
    .join('\n')}\n\n`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
