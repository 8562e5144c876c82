/** Ends the PostgreSQL that start-postgres started, and removes all that it left. */
const { rmSync } = require('node:fs');

module.exports = async function stopPostgres() {
  if (globalThis.__testPostgres === undefined) return;

  const { server, folder } = globalThis.__testPostgres;
  globalThis.__testPostgres = undefined;
  delete process.env.TEST_DATABASE_URL;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.stdin.end();
  await ended;
  rmSync(folder, { recursive: true, force: true });
};
