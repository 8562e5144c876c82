import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { openGround } from '../src/ground.js';
import { Config } from '../src/platform/config/config.js';
import { Database } from '../src/platform/database/database.js';
import { Log } from '../src/platform/log/logger.js';
import { Now } from '../src/platform/time/now.js';
import { RecomputeClocks } from '../src/sla/recompute-clocks.job.js';

/** A worker in a process of its own: counts clocks anew when it is told to, and says how many tickets it took. */
async function main(): Promise<void> {
  const config = Config.read();
  const ground = await openGround({ config, log: Log.open(config.logLevel, process.stderr), use: 'desk' });
  const house = await NestFactory.createApplicationContext(AppModule.on(ground), {
    logger: false,
    abortOnError: false,
  });
  const database = house.get(Database);
  await house.get(Now).sample((sql) => database.query(sql));
  process.once('message', () => {
    house
      .get(RecomputeClocks, { strict: false })
      .sweep()
      .then(async (tickets) => {
        process.send?.({ tickets });
        await house.close();
        await ground.close();
        process.disconnect();
      })
      .catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
  });
  process.send?.('ready');
}

// Whoever started it is gone: then nobody wants the work any more.
process.once('disconnect', () => process.exit());
await main();
