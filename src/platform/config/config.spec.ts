import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Config, ConfigError, type Environment } from './config.js';

const LONG = 'x'.repeat(32);

function faultsOf(environment: Environment): readonly string[] {
  try {
    Config.read(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'punctual-config-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  function file(name: string, text: string): string {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  }

  it('need nothing at all', () => {
    const config = Config.read({});
    expect(config).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:3000',
      dataDir: path.resolve('data'),
      mail: { host: '127.0.0.1', port: 2525, domain: 'localhost', protocol: 'smtp' },
      emergency: {},
      trustProxy: [],
      logLevel: 'info',
    });
    expect([...config.roles]).toEqual(['web', 'mail', 'worker']);
    expect([config.databaseUrl, config.redisUrl, config.smtpUrl, config.admin, config.secretKey]).toEqual(
      Array(5).fill(undefined),
    );
    expect(config.isWholeDesk).toBe(true);
    expect(config.secure).toBe(false);
  });

  it('take an empty one as not given', () => {
    expect(Config.read({ PORT: '', SMTP_URL: ' ', ROLES: '' })).toMatchObject({ port: 3000, smtpUrl: undefined });
  });

  it.each([
    [{ HOST: '0.0.0.0', PORT: '8080' }, 'http://localhost:8080'],
    [{ HOST: '::', PORT: '80' }, 'http://localhost'],
    [{ HOST: '::1' }, 'http://[::1]:3000'],
    [{ HOST: 'desk.lan' }, 'http://desk.lan:3000'],
    [{ PUBLIC_URL: 'https://desk.example.com/' }, 'https://desk.example.com'],
  ])('build the public address from %j', (environment, publicUrl) => {
    expect(Config.read(environment).publicUrl).toBe(publicUrl);
  });

  it('read a secret from the file that NAME_FILE names', () => {
    const config = Config.read({ SECRET_KEY_FILE: file('key', `${LONG}\n`), ADMIN_API_TOKEN: LONG });
    expect(config.secretKey).toBe(LONG);
    expect(config.adminApiToken).toBe(LONG);
  });

  it('take a certificate as text or as the path of a file', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----';
    const config = Config.read({ MAIL_TLS_CERT: file('cert.pem', pem), MAIL_TLS_KEY: pem });
    expect(config.mail.tls).toEqual({ cert: pem, key: pem });
    expect(faultsOf({ MAIL_TLS_CERT: '/nowhere/cert.pem', MAIL_TLS_KEY: pem })).toEqual([
      expect.stringContaining('MAIL_TLS_CERT must be a PEM text or the path of a PEM file: ENOENT'),
    ]);
  });

  it('know a process that does a part of the work', () => {
    const config = Config.read({ ROLES: 'worker, mail' });
    expect([...config.roles]).toEqual(['worker', 'mail']);
    expect(config.isWholeDesk).toBe(false);
  });

  it('name the proxies that are trusted', () => {
    expect(Config.read({ TRUST_PROXY: '127.0.0.1, 10.0.0.0/8,::1,loopback' }).trustProxy).toEqual([
      '127.0.0.1',
      '10.0.0.0/8',
      '::1',
      'loopback',
    ]);
  });

  it.each<[Environment, string]>([
    [{ PORT: 'http' }, 'PORT must be a port number from 1 to 65535, not "http"'],
    [{ PORT: '70000' }, 'PORT must be a port number from 1 to 65535, not "70000"'],
    [{ PORT: '2525' }, 'PORT and MAIL_SMTP_PORT are both 2525; pages and mail need a port each'],
    [{ PORT: '0' }, 'PORT is 0 (any free port), so PUBLIC_URL is needed too: links in mail are built from it'],
    [
      { PUBLIC_URL: 'desk.example.com' },
      'PUBLIC_URL must be an address that begins with http:// or https://, not "desk.example.com"',
    ],
    [
      { PUBLIC_URL: 'https://example.com/desk' },
      'PUBLIC_URL must be an address without path, query or password, such as https://desk.example.com, not "https://example.com/desk"',
    ],
    [
      { DATABASE_URL: 'mysql://me:hunter2@db' },
      'DATABASE_URL must be an address that begins with postgres:// or postgresql://',
    ],
    [{ REDIS_URL: 'http://cache' }, 'REDIS_URL must be an address that begins with redis:// or rediss://'],
    [{ SMTP_URL: 'mail.example.com:25' }, 'SMTP_URL must be an address that begins with smtp:// or smtps://'],
    [{ ROLES: 'web,cook' }, 'ROLES must be a list of web, mail, worker, not "web,cook"'],
    [{ ROLES: ',' }, 'ROLES must be a list of web, mail, worker, not ","'],
    [{ SECRET_KEY: 'short' }, 'SECRET_KEY must have 32 characters or more'],
    [{ ADMIN_API_TOKEN: 'short' }, 'ADMIN_API_TOKEN must have 32 characters or more'],
    [{ ADMIN_PASSWORD: 'correct horse' }, 'ADMIN_PASSWORD is given, so ADMIN_EMAIL is needed too'],
    [{ ADMIN_EMAIL: 'ann@example.com' }, 'ADMIN_EMAIL is given, so ADMIN_PASSWORD is needed too'],
    [{ ADMIN_EMAIL: 'ann', ADMIN_PASSWORD: 'correct horse' }, 'ADMIN_EMAIL must be an e-mail address, not "ann"'],
    [{ EMERGENCY_PHONE: 'call me' }, 'EMERGENCY_PHONE must be a phone number, such as +49 30 1234567, not "call me"'],
    [{ MAIL_DOMAIN: 'my desk' }, 'MAIL_DOMAIN must be a domain name, not "my desk"'],
    [{ MAIL_PROTOCOL: 'pop3' }, 'MAIL_PROTOCOL must be smtp or lmtp, not "pop3"'],
    [{ MAIL_TLS_CERT: '-----BEGIN CERTIFICATE-----' }, 'MAIL_TLS_CERT is given, so MAIL_TLS_KEY is needed too'],
    [
      { TRUST_PROXY: '10.0.0.0/40' },
      'TRUST_PROXY must be a list of IP addresses and networks, such as 127.0.0.1, 10.0.0.0/8 or loopback, not "10.0.0.0/40"',
    ],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent, not "loud"'],
    [{ SECRET_KEY: LONG, SECRET_KEY_FILE: '/a' }, 'SECRET_KEY and SECRET_KEY_FILE are both given; keep one of them'],
  ])('refuse %j', (environment, fault) => {
    expect(faultsOf(environment)).toEqual([fault]);
  });

  it('refuse files that cannot be read', () => {
    expect(faultsOf({ CONFIG_FILE: '/nowhere/desk.yaml', SECRET_KEY_FILE: '/nowhere/key' })).toEqual([
      expect.stringMatching(/^SECRET_KEY_FILE names a file that cannot be read: ENOENT/),
      expect.stringMatching(/^CONFIG_FILE names a file that cannot be read: ENOENT/),
    ]);
    expect(faultsOf({ SECRET_KEY_FILE: file('empty', '\n') })).toEqual([
      expect.stringMatching(/^SECRET_KEY_FILE names an empty file: /),
    ]);
  });

  it('say everything that is wrong in one message, and no secret', () => {
    const environment = {
      PORT: 'x',
      ROLES: 'cook',
      SECRET_KEY: 'hunter2',
      DATABASE_URL: 'mysql://me:hunter2@db',
      ADMIN_EMAIL: 'ann@example.com',
    };
    expect(() => Config.read(environment)).toThrow(
      /^5 settings are wrong:\n {2}- PORT .*\n.*\n.*\n.*SECRET_KEY must.*\n.*so ADMIN_PASSWORD is needed/,
    );
    expect(faultsOf(environment).join()).not.toContain('hunter2');
  });
});
