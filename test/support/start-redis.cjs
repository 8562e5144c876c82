/** Like start-postgres, and a throwaway Redis besides, named in TEST_REDIS_URL: houses then open with their queue on it. */
const { spawn } = require('node:child_process');
const { mkdtempSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { tmpdir } = require('node:os');
const path = require('node:path');
const startPostgres = require('./start-postgres.cjs');

const WAIT_MS = 10_000;

module.exports = async function startRedis() {
  await startPostgres();
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'punctual-redis-'));
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: 'ignore',
  });
  globalThis.__testRedis = { server, folder };
  const missing = new Promise((_, reject) =>
    server.once('error', (cause) =>
      reject(new Error('The Redis suite needs redis-server (Debian: apt-get install redis-server).', { cause })),
    ),
  );
  await Promise.race([answering(port), missing]);
  process.env.TEST_REDIS_URL = `redis://127.0.0.1:${port}`;
};

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function answering(port) {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const answers = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answers) return;
    if (Date.now() > until) throw new Error('The Redis for the tests does not answer.');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
