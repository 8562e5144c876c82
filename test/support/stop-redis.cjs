/** Ends what start-redis started. */
const { rmSync } = require('node:fs');
const stopPostgres = require('./stop-postgres.cjs');

module.exports = async function stopRedis() {
  const { server, folder } = globalThis.__testRedis ?? {};
  if (server !== undefined) {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
  await stopPostgres();
};
