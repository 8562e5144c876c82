const { rmSync } = require('node:fs');
const stopPostgres = require('./stop-postgres.cjs');

module.exports = async function stopDovecot() {
  const dovecot = globalThis.__testDovecot;
  if (dovecot !== undefined) {
    const { server, folder } = dovecot;
    if (server.exitCode === null && server.pid !== undefined) {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  await stopPostgres();
};
