import { pino, type Logger, type LoggerOptions, type SerializedError } from 'pino';
import { PinoPretty } from 'pino-pretty';

/** Names under which a secret might slip into a log line, wherever it stands in it. */
const SECRET_FIELDS = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'secretKey',
  'smtpUrl',
  'databaseUrl',
  'redisUrl',
];

/** Where TypeORM keeps what a query worked with, and where PostgreSQL quotes the row that it refused. */
const DATA_OF_QUERIES = new Set(['parameters', 'driverError', 'detail', 'where']);

/** An error without what it was working on: a failed query's may be a customer's words or a secret's hash. */
function withoutData(error: Error): object {
  const described = pino.stdSerializers.err(error) as SerializedError & Record<string, unknown>;
  if (!('driverError' in described || 'severity' in described)) return described;
  return Object.fromEntries(Object.entries(described).filter(([name]) => !DATA_OF_QUERIES.has(name)));
}

/**
 * The house's log: fields first, then a sentence. One JSON object a line, or readable lines on a terminal; never a secret.
 */
export class Log {
  private constructor(readonly pino: Logger) {}

  /** A log at this level; readable where `stream` is a terminal. */
  static open(level: string, stream: NodeJS.WriteStream = process.stdout): Log {
    const options: LoggerOptions = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: withoutData },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`]),
        censor: '[secret]',
      },
    };
    return stream.isTTY
      ? new Log(
          pino(options, PinoPretty({ translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', destination: stream })),
        )
      : new Log(pino(options, stream));
  }

  /** A log for those who must not be heard, such as tests. */
  static silent(): Log {
    return new Log(pino({ level: 'silent' }));
  }

  child(bindings: Record<string, unknown>): Log {
    return new Log(this.pino.child(bindings));
  }

  debug(fields: object, message: string): void {
    this.pino.debug(fields, message);
  }

  info(fields: object, message: string): void {
    this.pino.info(fields, message);
  }

  warn(fields: object, message: string): void {
    this.pino.warn(fields, message);
  }

  error(fields: object, message: string): void {
    this.pino.error(fields, message);
  }
}
