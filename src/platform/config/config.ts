import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { EMAIL_ADDRESS } from './email-address.js';

export type Role = 'web' | 'mail' | 'worker';
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Environment = Readonly<Record<string, string | undefined>>;

export const ROLES: readonly Role[] = ['web', 'mail', 'worker'];
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const NAMED_PROXIES = ['loopback', 'linklocal', 'uniquelocal'];

/** The settings cannot be used: every fault of them, in words for the person who sets them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    const title = faults.length === 1 ? 'One setting is wrong:' : `${faults.length} settings are wrong:`;
    super([title, ...faults.map((fault) => `  - ${fault}`)].join('\n'));
  }
}

/** What the desk was told by its environment; read once at the start, the only place that looks at it. */
export class Config {
  readonly port: number;
  readonly host: string;
  /** Without a slash at its end; every link in a mail begins with it. */
  readonly publicUrl: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly roles: ReadonlySet<Role>;
  /** As given; where it is not, `readSecretKey` keeps one in `dataDir`. */
  readonly secretKey: string | undefined;
  readonly mail: {
    readonly host: string;
    readonly port: number;
    readonly domain: string;
    readonly protocol: 'smtp' | 'lmtp';
    /** PEM texts. */
    readonly tls: { readonly cert: string; readonly key: string } | undefined;
  };
  readonly smtpUrl: string | undefined;
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  readonly adminApiToken: string | undefined;
  readonly emergency: { readonly email: string | undefined; readonly phone: string | undefined };
  /** Absolute. */
  readonly configFile: string | undefined;
  /** Addresses, networks and Fastify's names for such; empty: no proxy is trusted. */
  readonly trustProxy: readonly string[];
  readonly heartbeatUrl: string | undefined;
  readonly logLevel: LogLevel;

  private constructor(settings: Settings) {
    this.port = settings.PORT;
    this.host = settings.HOST;
    this.publicUrl = settings.PUBLIC_URL ?? addressOf(settings.HOST, settings.PORT);
    this.dataDir = path.resolve(settings.DATA_DIR);
    this.databaseUrl = settings.DATABASE_URL;
    this.redisUrl = settings.REDIS_URL;
    this.roles = new Set(settings.ROLES);
    this.secretKey = settings.SECRET_KEY;
    this.mail = {
      host: settings.MAIL_SMTP_HOST,
      port: settings.MAIL_SMTP_PORT,
      domain: settings.MAIL_DOMAIN,
      protocol: settings.MAIL_PROTOCOL,
      tls:
        settings.MAIL_TLS_CERT !== undefined && settings.MAIL_TLS_KEY !== undefined
          ? { cert: settings.MAIL_TLS_CERT, key: settings.MAIL_TLS_KEY }
          : undefined,
    };
    this.smtpUrl = settings.SMTP_URL;
    this.admin =
      settings.ADMIN_EMAIL !== undefined && settings.ADMIN_PASSWORD !== undefined
        ? { email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD }
        : undefined;
    this.adminApiToken = settings.ADMIN_API_TOKEN;
    this.emergency = { email: settings.EMERGENCY_EMAIL, phone: settings.EMERGENCY_PHONE };
    this.configFile = settings.CONFIG_FILE;
    this.trustProxy = settings.TRUST_PROXY;
    this.heartbeatUrl = settings.HEARTBEAT_URL;
    this.logLevel = settings.LOG_LEVEL;
  }

  /** Throws a ConfigError with everything that is wrong. */
  static read(environment: Environment = process.env): Config {
    const { values, faults } = gather(environment);
    const checked = settings.safeParse(values);
    if (!checked.success) faults.push(...checked.error.issues.map((issue) => describe(issue, values)));
    faults.push(...halves(values));
    if (checked.success) faults.push(...contradictions(checked.data));

    if (!checked.success || faults.length > 0) throw new ConfigError(faults);
    return new Config(checked.data);
  }

  /** Whether people reach the desk by https: then cookies are for https only. */
  get secure(): boolean {
    return this.publicUrl.startsWith('https:');
  }

  /** A desk of one process, as opposed to one that does a part of the work. */
  get isWholeDesk(): boolean {
    return ROLES.every((role) => this.roles.has(role));
  }
}

const port = z
  .string()
  .regex(/^\d{1,5}$/, wanted('a port number from 1 to 65535'))
  .transform(Number);
const portNumber = port.refine((number) => number <= 65535, wanted('a port number from 1 to 65535'));
const hostName = z.string().regex(/^[\w.:%-]+$/, wanted('a host name or an IP address'));
const email = z.email({ pattern: EMAIL_ADDRESS, error: wanted('an e-mail address') });

const settings = z.object({
  PORT: portNumber.default(3000),
  HOST: hostName.default('127.0.0.1'),
  PUBLIC_URL: url(['http:', 'https:'])
    .transform((text) => new URL(text))
    .refine(isOrigin, wanted('an address without path, query or password, such as https://desk.example.com'))
    .transform((address) => address.origin)
    .optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
  REDIS_URL: url(['redis:', 'rediss:']).optional(),
  ROLES: list()
    .refine((roles) => roles.length > 0 && roles.every(isRole), wanted(`a list of ${ROLES.join(', ')}`))
    .transform((roles) => roles.filter(isRole))
    .default([...ROLES]),
  SECRET_KEY: z.string().min(32, 'must have 32 characters or more').optional(),
  MAIL_SMTP_PORT: portNumber.default(2525),
  MAIL_SMTP_HOST: hostName.default('127.0.0.1'),
  MAIL_DOMAIN: z
    .string()
    .toLowerCase()
    .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, wanted('a domain name'))
    .default('localhost'),
  MAIL_TLS_CERT: pem().optional(),
  MAIL_TLS_KEY: pem().optional(),
  MAIL_PROTOCOL: z.enum(['smtp', 'lmtp'], wanted('smtp or lmtp')).default('smtp'),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  ADMIN_EMAIL: email.optional(),
  ADMIN_PASSWORD: z.string().min(10, 'must have 10 characters or more').optional(),
  ADMIN_API_TOKEN: z
    .string()
    .min(32, 'must have 32 characters or more')
    .regex(/^[\x21-\x7e]+$/, 'must be made of visible ASCII characters')
    .optional(),
  EMERGENCY_EMAIL: email.optional(),
  EMERGENCY_PHONE: z
    .string()
    .regex(/^\+?[\d ()/.-]{3,30}$/, wanted('a phone number, such as +49 30 1234567'))
    .optional(),
  CONFIG_FILE: z
    .string()
    .transform((file) => path.resolve(file))
    .superRefine((file, context) => {
      const read = readText(file);
      if ('fault' in read)
        context.addIssue({ code: 'custom', message: `names a file that cannot be read: ${read.fault}` });
    })
    .optional(),
  TRUST_PROXY: list()
    .refine(
      (proxies) => proxies.every(isProxy),
      wanted('a list of IP addresses and networks, such as 127.0.0.1, 10.0.0.0/8 or loopback'),
    )
    .default([]),
  HEARTBEAT_URL: url(['http:', 'https:']).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, wanted(`one of ${LOG_LEVELS.join(', ')}`)).default('info'),
});

type Settings = z.output<typeof settings>;
type SettingName = keyof Settings;

const NAMES = Object.keys(settings.shape) as SettingName[];

/** What these hold is never repeated in a message. */
const SECRET: ReadonlySet<string> = new Set<SettingName>([
  'DATABASE_URL',
  'REDIS_URL',
  'SECRET_KEY',
  'MAIL_TLS_CERT',
  'MAIL_TLS_KEY',
  'SMTP_URL',
  'ADMIN_PASSWORD',
  'ADMIN_API_TOKEN',
  'HEARTBEAT_URL',
]);

const PAIRS: readonly (readonly SettingName[])[] = [
  ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  ['MAIL_TLS_CERT', 'MAIL_TLS_KEY'],
];

type Values = Partial<Record<string, string>>;

/** Each setting as text, from the environment or from the file that NAME_FILE names. An empty one is not set. */
function gather(environment: Environment): { values: Values; faults: string[] } {
  const values: Values = {};
  const faults: string[] = [];
  for (const name of NAMES) {
    const value = environment[name]?.trim();
    const file = environment[`${name}_FILE`]?.trim();
    if (value && file) faults.push(`${name} and ${name}_FILE are both given; keep one of them`);
    else if (value) values[name] = value;
    else if (file) {
      const read = readText(file);
      if ('fault' in read) faults.push(`${name}_FILE names a file that cannot be read: ${read.fault}`);
      else if (read.text.trim() === '') faults.push(`${name}_FILE names an empty file: ${file}`);
      else values[name] = read.text.trim();
    }
  }
  return { values, faults };
}

function describe(issue: z.core.$ZodIssue, values: Values): string {
  const name = String(issue.path[0]);
  const value = values[name];
  const told = issue.message.startsWith('names a file');
  const repeated = value === undefined || told || SECRET.has(name) ? '' : `, not "${value}"`;
  return `${name} ${issue.message}${repeated}`;
}

/** Of settings that make sense only together, those that are missing. */
function halves(values: Values): string[] {
  return PAIRS.flatMap((pair) => [pair, [...pair].reverse()])
    .filter(([one = '', other = '']) => values[one] !== undefined && values[other] === undefined)
    .map(([one, other]) => `${one} is given, so ${other} is needed too`);
}

/** What is wrong although each setting by itself is right. */
function contradictions(given: Settings): string[] {
  const faults: string[] = [];
  const sameDoor = given.PORT === given.MAIL_SMTP_PORT && given.PORT !== 0 && given.HOST === given.MAIL_SMTP_HOST;
  if (sameDoor && given.ROLES.includes('web') && given.ROLES.includes('mail')) {
    faults.push(`PORT and MAIL_SMTP_PORT are both ${given.PORT}; pages and mail need a port each`);
  }
  if (given.PORT === 0 && given.PUBLIC_URL === undefined) {
    faults.push('PORT is 0 (any free port), so PUBLIC_URL is needed too: links in mail are built from it');
  }
  return faults;
}

function wanted(what: string): string {
  return `must be ${what}`;
}

function url(protocols: readonly string[]): z.ZodString {
  const beginnings = protocols.map((protocol) => `${protocol}//`);
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      wanted(`an address that begins with ${beginnings.join(' or ')}`),
    );
}

function isOrigin(address: URL): boolean {
  const { pathname, search, hash, username, password } = address;
  return pathname === '/' && search === '' && hash === '' && username === '' && password === '';
}

function list(): z.ZodPipe<z.ZodString, z.ZodTransform<string[], string>> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  );
}

function isRole(word: string): word is Role {
  return (ROLES as readonly string[]).includes(word);
}

function isProxy(word: string): boolean {
  const [address = '', bits, ...rest] = word.split('/');
  if (bits === undefined) return NAMED_PROXIES.includes(word) || isIP(word) !== 0;
  const most = isIPv6(address) ? 128 : 32;
  return rest.length === 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
}

/** A PEM text, or the path of a file that holds one. */
function pem(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return z.string().transform((value, context) => {
    const read = value.startsWith('-----BEGIN ') ? { text: value } : readText(value);
    if ('text' in read && read.text.includes('-----BEGIN ')) return read.text;

    const fault = 'fault' in read ? `: ${read.fault}` : '';
    context.addIssue({ code: 'custom', message: `must be a PEM text or the path of a PEM file${fault}` });
    return z.NEVER;
  });
}

function readText(file: string): { text: string } | { fault: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

/** Where a browser on this machine finds what listens on `host`. */
function addressOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::';
  const name = everywhere ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return new URL(`http://${name}:${port}`).origin;
}
