import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { packageRoot } from '../../src/platform/rendering/package-root.js';
import { readRecord } from '../../src/platform/database/embedded/database-record.js';
import { deskFile } from './desk-file.js';
import { HttpSink } from './http-sink.js';
import { Relay } from './relay.js';

const STARTS_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 100;
/** What is not simulated when time passes: who is there now, and what the queue's own tables say. */
const NOT_AGED = ['worker_heartbeat', 'migration', 'migrations'];

/** A process of the desk. */
export class DeskProcess {
  readonly exited: Promise<unknown>;
  constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.lives) return;
    this.child.kill(signal);
    await this.exited;
  }
}

/**
 * A desk as it is installed, in processes of its own from the build: one that owns the embedded PostgreSQL and answers the API, and as many
 * workers as one likes. Around it stand a pager and a relay that can be in any mood.
 */
export class ChaosDesk {
  readonly token = randomBytes(24).toString('hex');
  /** How much time was made to pass. */
  agedMs = 0;
  private owner: DeskProcess | undefined;
  private readonly workers = new Set<DeskProcess>();
  private readonly intakes = new Set<DeskProcess>();
  private pool: pg.Pool | undefined;
  private closing: Promise<void> | undefined;
  private url = '';

  private constructor(
    readonly folder: string,
    readonly pager: HttpSink,
    readonly relay: Relay,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async open(settings: Readonly<Record<string, string>> = {}): Promise<ChaosDesk> {
    const folder = mkdtempSync(path.join(tmpdir(), 'punctual-chaos-'));
    const desk = new ChaosDesk(folder, await HttpSink.open(), await Relay.open(), settings);
    try {
      await desk.start();
    } catch (error) {
      await desk.close();
      throw error;
    }
    return desk;
  }

  /** Twice does no harm: who is interrupted closes while the end closes, too. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    await this.stopWorkers();
    await this.pool?.end();
    await this.owner?.end();
    await this.pager.close();
    await this.relay.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the processes have said, for somebody who looks for a fault. */
  get logFile(): string {
    return path.join(this.folder, 'processes.log');
  }

  /** Workers as `ROLES=worker` starts them; they are at work when this resolves. */
  async startWorkers(howMany: number, { ready = true } = {}): Promise<DeskProcess[]> {
    const [{ since } = { since: new Date() }] = await this.query<{ since: Date }>('select clock_timestamp() as since');
    const started = Array.from({ length: howMany }, () => {
      const worker = this.spawn({ ROLES: 'worker' });
      this.workers.add(worker);
      return worker;
    });
    if (ready) {
      await this.until('workers are at work', async () => {
        const dead = started.some(({ lives }) => !lives);
        if (dead) throw new Error(`A worker did not start; ${this.lastWords()}`);
        return (await this.count('worker_heartbeat where started_at >= $1', [since])) >= howMany;
      });
    }
    return started;
  }

  /** A mail intake as `ROLES=mail` starts it, listening on that port when this resolves. */
  async startIntake(port: number): Promise<DeskProcess> {
    const intake = this.spawn({ ROLES: 'mail', MAIL_SMTP_PORT: String(port) });
    this.intakes.add(intake);
    await this.until('the intake listens', async () => {
      if (!intake.lives) throw new Error(`The intake did not start; ${this.lastWords()}`);
      return isOpen(port);
    });
    return intake;
  }

  get livingWorkers(): DeskProcess[] {
    return [...this.workers].filter(({ lives }) => lives);
  }

  async stopWorkers(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await Promise.all([...this.workers, ...this.intakes].map((process) => process.end(signal)));
    this.workers.clear();
    this.intakes.clear();
  }

  /** PostgreSQL dies as in a loss of power; the process that owns it starts it again. Answers when it was gone, and when it served again. */
  async crashPostgres(): Promise<{ gone: number; back: number }> {
    const cluster = path.resolve(this.folder, readRecord(this.folder)?.cluster ?? '');
    const pid = Number(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    const gone = Date.now();
    await this.until('PostgreSQL is back', async () => {
      const fresh = readFileSync(path.join(cluster, 'postmaster.pid'), { encoding: 'utf8', flag: 'a+' }).split('\n');
      return Number(fresh[0]) !== pid && (await this.answers());
    });
    return { gone, back: Date.now() };
  }

  /** Nothing is left of what a scenario has done; settings stay. */
  async reset(): Promise<void> {
    await this.stopWorkers();
    this.pager.reset();
    this.relay.reset();
    this.agedMs = 0;
    await this.query(
      'truncate ticket, incident, outgoing_mail, alarm, worker_heartbeat, sending_allowance restart identity cascade',
    );
    await this.emptyQueue();
  }

  /** What BullMQ knows is gone; what is to do, PostgreSQL knows. */
  async emptyQueue(): Promise<void> {
    const tables = await this.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname = 'bullmq' and tablename not like '%migration%'`,
    );
    if (tables.length > 0) await this.query(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`);
  }

  /**
   * Time passes: every instant that is written down anywhere becomes so much older, which is all that the desk can see of it. What it has
   * in memory does not age, nor does who is at work now.
   */
  async letTimePass(minutes: number): Promise<void> {
    const columns = await this.query<{ table: string; column: string }>(
      `select columns.table_name as table, columns.column_name as column
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and table_type = 'BASE TABLE' and data_type = 'timestamp with time zone'
         and is_generated = 'NEVER' and table_name <> all($1)`,
      [NOT_AGED],
    );
    const tables = new Map<string, string[]>();
    for (const { table, column } of columns) tables.set(table, [...(tables.get(table) ?? []), column]);
    const statements = [...tables].map(([table, names]) => {
      const older = names.map((name) => `"${name}" = "${name}" - interval '${minutes} minutes'`).join(', ');
      return `update "${table}" set ${older}`;
    });
    // What may only be added to grows older, too: no trigger is asked.
    await this.query(`begin; set local session_replication_role = replica; ${statements.join('; ')}; commit`);
    this.agedMs += minutes * 60_000;
  }

  async query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    if (this.pool === undefined) throw new Error('The desk has no database yet.');
    const { rows } = await this.pool.query(sql, parameters === undefined ? undefined : [...parameters]);
    return rows as Row[];
  }

  async count(what: string, parameters: readonly unknown[] = []): Promise<number> {
    const [row] = await this.query<{ count: number }>(`select count(*)::integer as count from ${what}`, parameters);
    return row?.count ?? 0;
  }

  /** Asks again and again until it is so; answers when that was. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = STARTS_WITHIN_MS): Promise<number> {
    const end = Date.now() + withinMs;
    for (;;) {
      if (await isSo()) return Date.now();
      if (Date.now() > end)
        throw new Error(`Waited ${String(withinMs / 1000)} s in vain until ${what}; ${this.lastWords()}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Through the API, as any program would. */
  async post<Body>(where: string, body: unknown): Promise<Body> {
    const response = await fetch(`${this.url}/api/v1${where}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${where} answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }

  private async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    writeFileSync(path.join(this.folder, 'desk.yaml'), deskFile(this.pager));
    this.owner = this.spawn({ ROLES: 'web', PORT: String(port), CONFIG_FILE: path.join(this.folder, 'desk.yaml') });
    const { owner } = this;
    await this.until('the desk serves', async () => {
      if (!owner.lives) throw new Error(`The desk did not start; ${this.lastWords()}`);
      return (await fetch(`${this.url}/health/ready`).catch(() => null))?.status === 200;
    });
    const { password, port: databasePort } = readRecord(this.folder) ?? {};
    const connectionString = `postgres://punctual:${String(password)}@127.0.0.1:${String(databasePort)}/punctual`;
    this.pool = new pg.Pool({ connectionString, max: 6, application_name: 'chaos' });
    // The next question says what is wrong.
    this.pool.on('error', () => undefined);
    // When a row could be seen by others is when its transaction was committed: PostgreSQL notes that only if it is told to.
    await this.query('alter system set track_commit_timestamp = on');
    await this.crashPostgres();
    await this.settleIn();
  }

  /** The first look of a new desk at what it promises is behind it: else it would count all clocks anew while a storm blows. */
  private async settleIn(): Promise<void> {
    await this.startWorkers(1);
    await this.until(
      'what is promised has been looked at',
      async () => (await this.count('recomputation where finished_at is not null')) > 0,
    );
    await this.stopWorkers('SIGTERM');
  }

  private async answers(): Promise<boolean> {
    return this.query('select').then(
      () => true,
      () => false,
    );
  }

  private spawn(settings: Readonly<Record<string, string>>): DeskProcess {
    mkdirSync(this.folder, { recursive: true });
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, ['--enable-source-maps', path.join(packageRoot, 'dist/src/main.js')], {
      cwd: '/',
      env: {
        PATH: process.env['PATH'],
        DATA_DIR: this.folder,
        PUBLIC_URL: this.url,
        MAIL_DOMAIN: 'chaos.test',
        ADMIN_EMAIL: 'adam@chaos.test',
        ADMIN_PASSWORD: 'correct horse battery staple',
        ADMIN_API_TOKEN: this.token,
        SMTP_URL: this.relay.url,
        HEARTBEAT_URL: this.pager.url('/heartbeat'),
        LOG_LEVEL: 'warn',
        ...this.settings,
        ...settings,
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    return new DeskProcess(child);
  }

  private lastWords(): string {
    const lines = readFileSync(this.logFile, { encoding: 'utf8', flag: 'a+' }).trim().split('\n').slice(-5);
    return `the processes said last:\n${lines.map((line) => line.slice(0, 600)).join('\n')}`;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
