/**
 * Starts one throwaway PostgreSQL for a whole run of tests and names it in TEST_DATABASE_URL. It is small, keeps nothing safe from
 * a crash, and goes away with the run even if that is killed: the shell around it waits for the end of its standard input.
 */
const { spawn, spawnSync } = require('node:child_process');
const { chownSync, chmodSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');
const pg = require('pg');
const { accountFor, canEnter, mayExecute } = require('../../src/platform/database/embedded/account.ts');
const { findBinaries } = require('../../src/platform/database/embedded/binaries.ts');

const PASSWORD = 'throwaway';
const WAIT_MS = 20_000;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  jit: 'off',
  shared_buffers: '64MB',
  max_connections: '200',
  max_parallel_workers_per_gather: '0',
  max_wal_size: '256MB',
  checkpoint_timeout: '1h',
  log_min_messages: 'panic',
  timezone: 'UTC',
};

module.exports = async function startPostgres() {
  if (process.env.TEST_DATABASE_URL !== undefined) return;

  const root = path.resolve(__dirname, '../..');
  const account = accountFor([root]);
  const folder = mkdtempSync(path.join(temporaryFolder(account), 'punctual-test-'));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o711);
  const bin = findBinaries({
    canRun: (file) => canEnter(path.dirname(file), account) && mayExecute(file, account),
    spare: folder,
    say: () => {},
  });
  const as = { cwd: folder, ...account, stdio: ['pipe', 'ignore', 'pipe'] };
  initialise(bin, folder, as);

  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const watched = '"$@" & read -r _; kill -QUIT $!; wait; rm -rf "$0"';
  const server = spawn(
    'sh',
    ['-c', watched, folder, path.join(bin, 'postgres'), '-D', path.join(folder, 'data'), ...settings],
    {
      ...as,
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    },
  );
  globalThis.__testPostgres = { server, folder };
  process.env.TEST_DATABASE_URL = `postgres://punctual:${PASSWORD}@127.0.0.1:${port}/postgres`;
  await answering(process.env.TEST_DATABASE_URL);
};

function temporaryFolder(account) {
  const folder = [tmpdir(), '/tmp', '/var/tmp'].find((candidate) => canEnter(candidate, account));
  if (folder === undefined) throw new Error('There is no temporary folder in which PostgreSQL can run for the tests.');
  return folder;
}

function initialise(bin, folder, as) {
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  if (as.uid !== undefined) chownSync(passwordFile, as.uid, as.gid);
  const options = [
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  const made = spawnSync(
    path.join(bin, 'initdb'),
    ['-D', path.join(folder, 'data'), '-U', 'punctual', `--pwfile=${passwordFile}`, '--no-sync', ...options],
    { ...as, encoding: 'utf8' },
  );
  rmSync(passwordFile);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function answering(url) {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > until) throw new Error('The PostgreSQL for the tests does not answer.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
