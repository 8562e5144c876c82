import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../../log/logger.js';
import { CannotStart } from '../../problems/cannot-start.js';
import { packageRoot } from '../../rendering/package-root.js';
import { accountFor, canEnter, mayExecute, type Account } from './account.js';
import { findBinaries, program } from './binaries.js';
import { readRecord, writeRecord } from './database-record.js';

export const USER = 'punctual';
const MAJOR_VERSION = '18';
/** Where root keeps what PostgreSQL, which may not be root, could not reach elsewhere. */
const ROOTS_SPARE_FOLDER = '/var/lib/punctual';

/** For a small machine that serves one desk; they stand in postgresql.conf, where they may be changed. */
const SETTINGS: Record<string, string> = {
  max_connections: '200',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  random_page_cost: '1.1',
  wal_compression: 'on',
  max_wal_size: '512MB',
  checkpoint_timeout: '15min',
  autovacuum_naptime: '20s',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A data directory of PostgreSQL, and the programs and the account to run it with. */
export interface Cluster {
  readonly folder: string;
  readonly bin: string;
  readonly account: Account | undefined;
  readonly password: string;
}

/** The data directory that belongs to this data folder, made at the first start. */
export async function openCluster(dataDir: string, log: Log, stopping?: AbortSignal): Promise<Cluster> {
  const record = readRecord(dataDir);
  const known = record === undefined ? undefined : path.resolve(dataDir, record.cluster);
  if (known === undefined) refuseForeign(path.join(dataDir, 'postgresql'));

  const account = accountFor([...(known === undefined ? [] : [known]), dataDir, packageRoot]);
  const folder = known ?? placeFor(dataDir, account, log);
  const bin = findBinaries({
    canRun: (file) => canEnter(path.dirname(file), account) && mayExecute(file, account),
    spare: account === undefined ? dataDir : ROOTS_SPARE_FOLDER,
    say: (sentence) => {
      log.warn({}, sentence);
    },
  });
  const cluster = { folder, bin, account, password: record?.password ?? randomBytes(24).toString('base64url') };
  if (!existsSync(folder)) await initialise(cluster, dataDir, log, stopping);
  refuseOtherVersion(folder);
  return cluster;
}

/** How PostgreSQL's programs are started: as `account`, with nothing of our environment, which holds secrets. */
export function asServer({ folder, account }: Cluster): {
  cwd: string;
  uid?: number;
  gid?: number;
  env?: NodeJS.ProcessEnv;
} {
  return { cwd: path.dirname(folder), ...account, ...(process.platform === 'win32' ? {} : { env: { LC_ALL: 'C' } }) };
}

/** Data without the record that holds its password is not ours to overwrite. */
function refuseForeign(folder: string): void {
  if (!existsSync(folder)) return;
  throw new CannotStart(
    `There is a database in ${folder}, but not the database.json beside it that holds its password. Put that file back from a backup, ` +
      'or move the database away to begin with an empty desk.',
  );
}

/** In the data folder, unless PostgreSQL's account cannot go there. */
function placeFor(dataDir: string, account: Account | undefined, log: Log): string {
  const place = path.join(dataDir, 'postgresql');
  if (account === undefined || canEnter(dataDir, account)) return place;

  if (canEnter(path.dirname(dataDir), account)) {
    // Root's own data folder: whoever runs PostgreSQL may pass through it, without seeing what is in it.
    chmodSync(dataDir, statSync(dataDir).mode | 0o011);
    return place;
  }
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const elsewhere = path.join(ROOTS_SPARE_FOLDER, `postgresql-of-${name}`);
  if (existsSync(elsewhere)) refuseForeign(elsewhere);
  log.warn(
    { dataDir, cluster: elsewhere },
    `PostgreSQL refuses to run as root, and whom it runs as instead cannot enter ${dataDir}. Its data is kept in ${elsewhere}.`,
  );
  return elsewhere;
}

async function initialise(
  cluster: Cluster,
  dataDir: string,
  log: Log,
  stopping: AbortSignal | undefined,
): Promise<void> {
  log.info({ cluster: cluster.folder }, 'Making the database.');
  const making = `${cluster.folder}.new`;
  const passwordFile = `${cluster.folder}.password`;
  rmSync(making, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(path.dirname(making), { recursive: true, mode: 0o755 });
  mkdirSync(making, { mode: 0o700 });
  writeFileSync(passwordFile, cluster.password, { mode: 0o600, flag: 'wx' });
  try {
    for (const file of [making, passwordFile]) {
      if (cluster.account !== undefined) chownSync(file, cluster.account.uid, cluster.account.gid);
    }
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const access = ['--username', USER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
    await run(cluster, 'initdb', ['-D', making, ...access, ...locale, ...settings], stopping);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  // The password is known before there is anything that it opens.
  const inside = path.dirname(cluster.folder) === dataDir;
  writeRecord(dataDir, {
    cluster: inside ? path.basename(cluster.folder) : cluster.folder,
    password: cluster.password,
  });
  renameSync(making, cluster.folder);
}

/** Runs one of PostgreSQL's programs to its end, or until `stopping`: then it tidies up after itself. */
export async function run(
  cluster: Cluster,
  name: 'initdb' | 'pg_ctl',
  options: readonly string[],
  stopping?: AbortSignal,
): Promise<void> {
  const running = promisify(execFile)(path.join(cluster.bin, program(name)), options, asServer(cluster));
  const end = (): void => void running.child.kill();
  stopping?.addEventListener('abort', end);
  try {
    await running;
  } catch (error) {
    stopping?.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    throw new CannotStart(`PostgreSQL's ${name} failed: ${stderr?.trim() || message}`, { cause: error });
  } finally {
    stopping?.removeEventListener('abort', end);
  }
}

function refuseOtherVersion(folder: string): void {
  const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR_VERSION) return;
  throw new CannotStart(
    `The database in ${folder} was made by PostgreSQL ${version}, this release brings ${MAJOR_VERSION}. ` +
      'Make a backup with the release that made it, and restore it into an empty DATA_DIR.',
  );
}
