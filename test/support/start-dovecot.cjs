/**
 * Like start-postgres, and a throwaway Dovecot besides, in TEST_DOVECOT as JSON: its ports, its folder, and where it asks about OAuth2
 * tokens. Its users are carl, dora and so on: any name, with the password `secret`; each has a Maildir of their own.
 */
const { spawn } = require('node:child_process');
const { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { tmpdir, userInfo } = require('node:os');
const path = require('node:path');
const startPostgres = require('./start-postgres.cjs');

const WAIT_MS = 20_000;
const TLS = path.join(__dirname, '../dovecot/tls');

module.exports = async function startDovecot() {
  await startPostgres();
  const folder = mkdtempSync(path.join(tmpdir(), 'punctual-dovecot-'));
  const [imap, imaps, tokens] = await Promise.all([freePort(), freePort(), freePort()]);
  const mail = path.join(folder, 'mail');
  mkdirSync(mail);
  const as = owner();
  if (as.root) chownSync(mail, as.uid, as.gid);
  chmodSync(folder, 0o755);
  const certificate = path.join(folder, 'cert.pem');
  writeFileSync(certificate, readFileSync(path.join(TLS, 'cert.pem')));
  writeFileSync(path.join(folder, 'key.pem'), readFileSync(path.join(TLS, 'key.pem')), { mode: 0o600 });
  writeFileSync(
    path.join(folder, 'oauth2.conf'),
    `tokeninfo_url = http://127.0.0.1:${tokens}/tokeninfo?access_token=\nactive_attribute = active\nactive_value = true\nusername_attribute = email\n`,
  );
  const config = path.join(folder, 'dovecot.conf');
  writeFileSync(config, configuration({ folder, mail, imap, imaps, as }));

  // Debian puts it where only root looks for programs.
  const env = { ...process.env, PATH: `${process.env.PATH}${path.delimiter}/usr/sbin` };
  const server = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore', env });
  globalThis.__testDovecot = { server, folder };
  const missing = new Promise((_, reject) => {
    server.once('error', (cause) =>
      reject(new Error('The Dovecot suite needs dovecot (Debian: apt-get install dovecot-imapd).', { cause })),
    );
    server.once('exit', () => reject(new Error(`Dovecot did not start: ${logOf(folder)}`)));
  });
  await Promise.race([answering(imap, folder), missing]);
  server.removeAllListeners('exit');
  process.env.TEST_DOVECOT = JSON.stringify({ imap, imaps, tokens, folder, config, pid: server.pid });
};

/** Dovecot does not let root have mail; whoever is not root has it themselves. */
function owner() {
  const { uid, gid, username } = userInfo();
  return uid === 0 ? { root: true, uid: 65534, gid: 65534, username: 'root' } : { root: false, uid, gid, username };
}

function configuration({ folder, mail, imap, imaps, as }) {
  const internal = as.root ? '' : `default_internal_user = ${as.username}\ndefault_login_user = ${as.username}\n`;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
auth_verbose = yes
protocols = imap
listen = 127.0.0.1
${internal}ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain xoauth2 oauthbearer
first_valid_uid = 1
mail_location = maildir:${mail}/%u
mail_max_userip_connections = 100
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/oauth2.conf
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=${as.uid} gid=${as.gid} home=${mail}/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
auth_failure_delay = 0
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`;
}

function logOf(folder) {
  try {
    return readFileSync(path.join(folder, 'log'), 'utf8').slice(-2000);
  } catch {
    return 'it wrote no log.';
  }
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

async function answering(port, folder) {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const greeted = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
        .once('error', () => resolve(false))
        .once('data', () => resolve(true))
        .setTimeout(2_000, () => resolve(false));
      socket.once('data', () => socket.destroy()).once('timeout', () => socket.destroy());
    });
    if (greeted) return;
    if (Date.now() > until) throw new Error(`The Dovecot for the tests does not answer: ${logOf(folder)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
