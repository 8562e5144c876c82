import pg from 'pg';
import { runMigrations } from 'bullmq';
import { DatabaseAddress } from '../../../src/platform/database/database-address.js';
import { Log } from '../../../src/platform/log/logger.js';
import { JobQueue, QUEUE_SCHEMA } from '../../../src/platform/queue/job-queue.js';
import type { Job } from '../../../src/platform/queue/job.js';
import { House } from '../../support/house.js';

describe('the job queue', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
    const client = new pg.Client({ connectionString: house.databaseUrl });
    await client.connect();
    await runMigrations(client, QUEUE_SCHEMA);
    await client.end();
  });
  afterAll(() => house.close());

  it('runs a job for each row rung, only after the commit', async () => {
    const queue = new JobQueue(new DatabaseAddress(house.databaseUrl), undefined, Log.silent());
    const done: string[] = [];
    const finished = new Promise<void>((resolve) => {
      const job: Job = {
        name: 'count-sheep',
        concurrency: 2,
        run: (id) => {
          done.push(id);
          if (done.length === 3) resolve();
          return Promise.resolve();
        },
        sweep: () => Promise.resolve(0),
      };
      queue.register(job);
    });
    queue.start({ work: true });

    const undone = house.transaction((tx) => {
      queue.ring(tx, 'count-sheep', 'never');
      return Promise.reject(new Error('no'));
    });
    await expect(undone).rejects.toThrow('no');
    await house.transaction((tx) => {
      for (const sheep of ['dolly', 'molly', 'polly']) queue.ring(tx, 'count-sheep', sheep);
      return Promise.resolve();
    });
    await finished;
    expect(done.sort()).toEqual(['dolly', 'molly', 'polly']);
    await queue.onApplicationShutdown();
  });

  it('refuses to ring for what nobody does, and two jobs of one name', async () => {
    const queue = new JobQueue(new DatabaseAddress(house.databaseUrl), undefined, Log.silent());
    const job: Job = { name: 'sleep', concurrency: 1, run: () => Promise.resolve(), sweep: () => Promise.resolve(0) };
    queue.register(job);
    expect(() => {
      queue.register(job);
    }).toThrow('two jobs named sleep');
    await expect(
      house.transaction((tx) => {
        queue.ring(tx, 'dream', '1');
        return Promise.resolve();
      }),
    ).rejects.toThrow('Nobody does the job dream');
  });
});
