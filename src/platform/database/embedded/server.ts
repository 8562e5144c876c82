import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../log/logger.js';
import { CannotStart } from '../../problems/cannot-start.js';
import { program } from './binaries.js';
import { asServer, run, USER, type Cluster } from './cluster.js';
import { hasSurvivors, isPostmasterOf, stateOf } from './running-process.js';

const HOST = '127.0.0.1';
const DATABASE = 'punctual';
const LOOK_EVERY_MS = 20;
/** Recovery after a crash of the machine may take a while. */
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_SECONDS = 5;
/** A dead postmaster's number, memory or port may be taken a little longer than it lives. */
const LEFTOVERS_GO_WITHIN_MS = 5_000;
const LOG_BYTES = 5_000_000;

/** A PostgreSQL that serves. */
export interface Server {
  readonly pid: number;
  readonly port: number;
}

/**
 * Makes PostgreSQL serve this data directory. One that a killed process has left behind, and that still serves, is taken over as it is.
 */
export async function serve(
  cluster: Cluster,
  wantedPort: number | undefined,
  logFile: string,
  log: Log,
): Promise<Server> {
  const orphan = await findOrphan(cluster, log);
  if (orphan !== undefined) {
    log.info({ pid: orphan.pid, port: orphan.port }, 'The database was left running; going on with it.');
    return orphan;
  }
  const server = await start(cluster, wantedPort, logFile);
  await ensureDatabase(cluster, server.port);
  return server;
}

/** Stops PostgreSQL, letting nobody finish; what was committed is safe. */
export async function stop(cluster: Cluster, log: Log): Promise<void> {
  const options = ['-D', cluster.folder, '-w', '-t', String(STOP_WITHIN_SECONDS)];
  if (!isUp(cluster)) return;
  try {
    await run(cluster, 'pg_ctl', ['stop', '-m', 'fast', ...options]);
  } catch (error) {
    if (!isUp(cluster)) return;
    log.warn(
      { err: error },
      'The database does not stop by itself; it is stopped the hard way, and recovers at the next start.',
    );
    await run(cluster, 'pg_ctl', ['stop', '-m', 'immediate', ...options]);
  }
}

/** A killed one leaves its postmaster.pid behind. */
function isUp(cluster: Cluster): boolean {
  const postmaster = readPostmaster(cluster);
  return postmaster !== undefined && isServing(postmaster) && isPostmasterOf(postmaster.pid, cluster.folder);
}

export function isServing({ pid }: Server): boolean {
  return stateOf(pid) === 'running';
}

export function urlOf(cluster: { readonly password: string }, port: number, database = DATABASE): string {
  return `postgres://${USER}:${cluster.password}@${HOST}:${port}/${database}`;
}

/** Runs `ask` on a connection that the count of those who use the database leaves out. */
export async function asKeeper<T>(url: string, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'keeper', connectionTimeoutMillis: 5_000 });
  // A connection that breaks makes the question fail; there is nothing to add to that.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

interface Postmaster extends Server {
  readonly ready: boolean;
}

/** What postmaster.pid says; undefined where there is none. */
function readPostmaster({ folder }: Cluster): Postmaster | undefined {
  try {
    const [pid, , , port, , , , status] = readFileSync(path.join(folder, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(pid), port: Number(port), ready: status?.trim() === 'ready' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function findOrphan(cluster: Cluster, log: Log): Promise<Server | undefined> {
  const began = performance.now();
  const waited = (): number => performance.now() - began;
  for (;;) {
    const postmaster = readPostmaster(cluster);
    if (postmaster === undefined) return undefined;

    const state = stateOf(postmaster.pid);
    if (state === 'gone') return undefined;
    if (state === 'running' && isPostmasterOf(postmaster.pid, cluster.folder)) {
      if (postmaster.ready) return await takeOver(cluster, postmaster, log);
      if (waited() > START_WITHIN_MS) {
        throw new CannotStart(
          `PostgreSQL (process ${postmaster.pid}) has neither come up nor gone away for two minutes.`,
        );
      }
    } else if (state === 'running' || waited() > LEFTOVERS_GO_WITHIN_MS || !hasSurvivors(cluster.folder)) {
      // The number belongs to another process now, or to a dead one whose exit nobody asks for: PostgreSQL would take either for
      // a running postmaster.
      rmSync(path.join(cluster.folder, 'postmaster.pid'));
      return undefined;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** The orphan if it lets us in and serves our data; else it is stopped. */
async function takeOver(cluster: Cluster, { pid, port }: Postmaster, log: Log): Promise<Server | undefined> {
  try {
    await ensureDatabase(cluster, port);
    return { pid, port };
  } catch (error) {
    log.warn({ err: error, pid }, 'The database was left running, but does not answer; it is started anew.');
    await stop(cluster, log);
    return undefined;
  }
}

async function start(cluster: Cluster, wantedPort: number | undefined, logFile: string): Promise<Server> {
  const began = performance.now();
  let port = wantedPort !== undefined && (await isFree(wantedPort)) ? wantedPort : await freePort();
  for (;;) {
    const attempt = await launch(cluster, port, logFile);
    if ('pid' in attempt) return attempt;
    if (
      performance.now() - began > LEFTOVERS_GO_WITHIN_MS ||
      !/lock file|shared memory|could not (bind|create any TCP)/.test(attempt.failure)
    ) {
      throw new CannotStart(`PostgreSQL did not start (its log is ${logFile}): ${attempt.failure}`);
    }
    await sleep(10 * LOOK_EVERY_MS);
    if (attempt.failure.includes('could not')) port = await freePort();
  }
}

/** Starts a postmaster in a session of its own, so that a Ctrl-C in our terminal does not reach it before we have finished. */
async function launch(cluster: Cluster, port: number, logFile: string): Promise<Server | { failure: string }> {
  const settings = {
    port,
    listen_addresses: HOST,
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { descriptor, size } = openLog(logFile);
  const child = spawn(path.join(cluster.bin, program('postgres')), ['-D', cluster.folder, ...options], {
    ...asServer(cluster),
    stdio: ['ignore', descriptor, descriptor],
    detached: true,
    windowsHide: true,
  });
  child.unref();
  closeSync(descriptor);
  const end = endOf(child);
  const until = performance.now() + START_WITHIN_MS;
  while (performance.now() < until) {
    const postmaster = readPostmaster(cluster);
    if (postmaster?.pid === child.pid && postmaster?.ready) return { pid: postmaster.pid, port };
    const ended = await Promise.race([end, sleep(LOOK_EVERY_MS)]);
    if (ended !== undefined) return { failure: lastWords(logFile, size) || ended };
  }
  child.kill('SIGQUIT');
  throw new CannotStart(`PostgreSQL has not come up within two minutes; its log is ${logFile}.`);
}

async function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(`it ended with ${signal ?? `code ${code}`}`);
    });
  });
}

function openLog(file: string): { descriptor: number; size: number } {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES) renameSync(file, `${file}.old`);
  return { descriptor: openSync(file, 'a', 0o600), size: size > LOG_BYTES ? 0 : size };
}

/** What was written to the log since it had `size` bytes. */
function lastWords(file: string, size: number): string {
  return readFileSync(file).subarray(size).toString('utf8').trim();
}

async function ensureDatabase(cluster: Cluster, port: number): Promise<void> {
  await asKeeper(urlOf(cluster, port, 'postgres'), async (client) => {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

async function freePort(): Promise<number> {
  return listenBriefly(0);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenBriefly(port);
    return true;
  } catch {
    return false;
  }
}

async function listenBriefly(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, HOST, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  });
}
