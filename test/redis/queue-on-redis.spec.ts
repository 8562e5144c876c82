import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobQueue } from '../../src/platform/queue/job-queue.js';
import { House } from '../support/house.js';
import { freePort } from '../support/started-desk.js';

/** A Redis of its own, that comes and goes. It keeps nothing: what was in it is lost with it. */
class PassingRedis {
  private server: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async onFreePort(): Promise<PassingRedis> {
    return new PassingRedis(await freePort());
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async comes(): Promise<void> {
    this.server = spawn(
      'redis-server',
      ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'],
      { stdio: 'ignore' },
    );
    while (!(await this.answers())) await sleep(20);
  }

  async goes(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const ended = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await ended;
  }

  /** It takes connections and answers nothing any more. */
  freezes(): void {
    this.server?.kill('SIGSTOP');
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => {
        resolve(false);
      });
    });
  }
}

/**
 * Whoever waited for Redis would wait for as long as it is away: nothing gives a ring up (`maxRetriesPerRequest`). So to be answered while
 * it is away, and it does not come back by itself, is not to have waited; no stopwatch is needed.
 */
describe('the queue on Redis', () => {
  let redis: PassingRedis;
  let house: House;

  beforeEach(async () => {
    redis = await PassingRedis.onFreePort();
  });
  afterEach(async () => {
    await house.close();
    await redis.goes();
  });

  const opens = async () => House.openForBusiness({ env: { REDIS_URL: redis.url, LOG_LEVEL: 'silent' } });
  const aTicket = async (subject: string): Promise<void> => {
    const { status } = await house.api.post('/tickets', {
      subject,
      body: 'Please.',
      requester: { email: 'carl@customer.example' },
    });
    expect(status).toBe(201);
  };
  const states = async () => (await house.lettersTo('carl@customer.example')).map(({ state }) => state);
  /** Nobody sweeps here: only rings can have done it. */
  const untilSent = async (count: number): Promise<void> => {
    const until = performance.now() + 10_000;
    while ((await states()).filter((state) => state === 'sent').length < count) {
      if (performance.now() > until) throw new Error(`Not sent: ${JSON.stringify(await states())}`);
      await sleep(20);
    }
  };

  it('delivers a letter soon after its commit, with nobody sweeping', async () => {
    await redis.comes();
    house = await opens();
    await aTicket('Rung');
    await untilSent(1);
  });

  it('makes no request wait while Redis is away, loses nothing, and rings again when it is back', async () => {
    await redis.comes();
    house = await opens();
    await aTicket('Before');
    await untilSent(1);

    await redis.goes();
    while (house.get(JobQueue).isReachable) await sleep(20);
    for (const subject of ['Away', 'Still away']) await aTicket(subject);
    expect(house.get(JobQueue).isReachable).toBe(false);
    expect(await states()).toEqual(['sent', 'queued', 'queued']);
    await house.settle();
    expect(await states()).toEqual(['sent', 'sent', 'sent']);

    await redis.comes();
    while (!house.get(JobQueue).isReachable) await sleep(20);
    await aTicket('After');
    await untilSent(4);
  });

  it('makes no request wait for a Redis that takes connections and says nothing', async () => {
    await redis.comes();
    house = await opens();
    await aTicket('Before');
    await untilSent(1);

    redis.freezes();
    await aTicket('Frozen');
    for (const { sweeper } of house.sweeps) await sweeper.sweep();
    expect(await states()).toEqual(['sent', 'sent']);
    await redis.goes();
    while (house.get(JobQueue).isReachable) await sleep(20);
  });

  it('opens without Redis, works by sweeps, and rings as soon as it comes', async () => {
    house = await opens();
    await aTicket('Without');
    expect(house.get(JobQueue).isReachable).toBe(false);
    await house.settle();
    expect(await states()).toEqual(['sent']);

    await redis.comes();
    while (!house.get(JobQueue).isReachable) await sleep(20);
    await aTicket('With');
    await untilSent(2);
  });

  it('closes though Redis is away and stays away', async () => {
    await redis.comes();
    house = await opens();
    await redis.goes();
    while (house.get(JobQueue).isReachable) await sleep(20);
    await house.app.close();
    expect(house.get(JobQueue).isReachable).toBe(false);
  });
});
