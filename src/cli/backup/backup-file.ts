import { once } from 'node:events';
import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { CannotStart } from '../../platform/problems/cannot-start.js';

const FORMAT = 'punctual-backup';
const VERSION = 1;
const CHUNK_BYTES = 64 * 1024;

export interface Header {
  readonly createdAt: string;
  /** The steps that the tables had taken. */
  readonly migrations: readonly string[];
}

export interface TableHeader {
  readonly table: string;
  readonly columns: readonly string[];
}

export interface Footer {
  /** The last value given out, by sequence. */
  readonly sequences: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * The file of a backup: gzip of a line of JSON for its head, then for each table a line of JSON and its rows as COPY writes them,
 * in chunks that are preceded by a line with their length and followed by a line with 0; at its end a line of JSON again.
 */
export class BackupWriter {
  private chunk: Buffer[] = [];
  private chunkBytes = 0;
  private readonly gzip = createGzip({ level: 3 });
  private readonly written: Promise<void>;

  private constructor(private readonly file: string) {
    this.written = pipeline(this.gzip, createWriteStream(`${file}.partial`, { mode: 0o600, flags: 'wx', flush: true }));
    // Whoever waits for a chunk to be taken, or for the end, hears of it.
    this.written.catch(() => undefined);
  }

  static async create(file: string, header: Header): Promise<BackupWriter> {
    const writer = new BackupWriter(file);
    await writer.line({ format: FORMAT, version: VERSION, ...header });
    return writer;
  }

  async table(header: TableHeader): Promise<void> {
    await this.line(header);
  }

  /** Takes one row; where a promise is given, the next one had better wait for it. */
  row(row: Buffer): Promise<void> | undefined {
    this.chunk.push(row);
    this.chunkBytes += row.length;
    return this.chunkBytes < CHUNK_BYTES ? undefined : this.flush();
  }

  async endOfTable(): Promise<void> {
    await this.flush();
    await this.write('0\n');
  }

  /** Only now does the file have its name. */
  async finish(footer: Footer): Promise<void> {
    await this.line({ end: true, ...footer });
    this.gzip.end();
    await this.written;
    renameSync(`${this.file}.partial`, this.file);
  }

  abandon(): void {
    this.gzip.destroy();
    rmSync(`${this.file}.partial`, { force: true });
  }

  private async flush(): Promise<void> {
    if (this.chunkBytes === 0) return;

    const chunk = Buffer.concat(this.chunk);
    this.chunk = [];
    this.chunkBytes = 0;
    await this.write(`${chunk.length}\n`);
    await this.write(chunk);
  }

  private async line(value: object): Promise<void> {
    await this.write(`${JSON.stringify(value)}\n`);
  }

  private async write(data: string | Buffer): Promise<void> {
    if (!this.gzip.write(data)) await Promise.race([once(this.gzip, 'drain'), this.written]);
  }
}

/** Reads such a file; whatever is wrong with it is a CannotStart that says so. */
export class BackupReader {
  private buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Buffer, undefined>;

  private constructor(
    private readonly file: string,
    stream: Readable,
  ) {
    this.chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  /** `reached` is told how many bytes of the file have been read. */
  static async open(file: string, reached: (bytes: number) => void): Promise<{ header: Header; reader: BackupReader }> {
    const raw = createReadStream(file);
    let bytes = 0;
    raw.on('data', (chunk) => {
      bytes += chunk.length;
      reached(bytes);
    });
    const gunzip = createGunzip();
    raw.on('error', (error) => gunzip.destroy(error));
    const reader = new BackupReader(file, raw.pipe(gunzip));
    const header = (await reader.line()) as Header & { format?: string; version?: number };
    if (header.format !== FORMAT) throw new CannotStart(`${file} is not a backup of a desk.`);
    if (header.version !== VERSION) throw new CannotStart(`${file} was written by a newer release of the desk.`);
    return { header, reader };
  }

  /** The next table, or what stands at the end. */
  async next(): Promise<TableHeader | Footer> {
    return (await this.line()) as TableHeader | Footer;
  }

  /** The rows of the table that was next; to be read to their end. */
  async *rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const length = (await this.line()) as number;
      if (length === 0) return;
      yield await this.take(length);
    }
  }

  private async line(): Promise<unknown> {
    let end = this.buffer.indexOf(10);
    while (end < 0) {
      await this.more();
      end = this.buffer.indexOf(10);
    }
    const line = this.buffer.subarray(0, end).toString('utf8');
    this.buffer = this.buffer.subarray(end + 1);
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw this.damaged(error);
    }
  }

  private async take(length: number): Promise<Buffer> {
    while (this.buffer.length < length) await this.more();
    const taken = this.buffer.subarray(0, length);
    this.buffer = this.buffer.subarray(length);
    return taken;
  }

  private async more(): Promise<void> {
    try {
      const { done, value } = await this.chunks.next();
      if (done !== true) {
        this.buffer = Buffer.concat([this.buffer, value]);
        return;
      }
    } catch (error) {
      throw this.damaged(error);
    }
    throw this.damaged(new Error('it ends too early'));
  }

  private damaged(error: unknown): CannotStart {
    return new CannotStart(`${this.file} cannot be read as a backup: ${(error as Error).message}.`, { cause: error });
  }
}

export function isFooter(part: TableHeader | Footer): part is Footer {
  return 'sequences' in part;
}
