import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { openDatabase, openGround, type OpenGround } from '../ground.js';
import type { AuditedBy } from '../identity/audit.js';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/log/logger.js';
import { nestLog } from '../platform/log/nest-log.js';
import { Now } from '../platform/time/now.js';

/** In the audit log: whoever may run commands here. */
export const COMMAND_LINE: AuditedBy = { name: 'command line' };

/** Who pressed Ctrl-C; what shells expect then. */
const INTERRUPTED = 130;

type House = (ground: OpenGround) => Promise<DynamicModule>;

const wholeHouse: House = async (ground) => (await import('../app.module.js')).AppModule.on(ground);

/** Runs `work` in the whole house, or in as much of it as is given, beside a desk that is running or without one. Its answer is for standard output. */
export async function withHouse<T>(
  work: (house: INestApplicationContext) => Promise<T>,
  { build = wholeHouse, canBeMadeAgain = false }: { build?: House; canBeMadeAgain?: boolean } = {},
): Promise<T> {
  const { config, log } = settings();
  const ground = await openGround({ config, log, use: 'command', canBeMadeAgain });
  return closing(
    () => ground.close(),
    async () => {
      const house = await NestFactory.createApplicationContext(await build(ground), {
        logger: nestLog(log),
        abortOnError: false,
      });
      try {
        await house.get(Now).sample((sql) => house.get(Database).query(sql));
        return await work(house);
      } finally {
        await house.close();
      }
    },
  );
}

/** Runs `work` with the database as it is, whatever release has made it. */
export async function withDatabase<T>(work: (url: string, config: Config) => Promise<T>): Promise<T> {
  const { config, log } = settings();
  const database = await openDatabase({ config, log, use: 'command' });
  return closing(
    () => database.close(),
    () => work(database.url, config),
  );
}

/** Complaints go to standard error: standard output is for what was asked. */
export function settings(): { config: Config; log: Log } {
  const config = Config.read();
  return { config, log: Log.open(config.logLevel === 'info' ? 'warn' : config.logLevel, process.stderr) };
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A database that was started for a command goes with it, also when somebody interrupts it. */
async function closing<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  const interrupted = (): void => {
    void close().finally(() => process.exit(INTERRUPTED));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, interrupted);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    await close();
  }
}
