import { mkdir, mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** More than that of one mail goes to a file. */
const IN_MEMORY = 1024 * 1024;
/** More than that of all mails that are coming in at the moment, too. */
const ALL_IN_MEMORY = 32 * 1024 * 1024;

/**
 * What has come in of a mail so far: in memory while that is little, else in a file that has no name and is gone with the process. Senders
 * may be slow, and there may be many of them.
 */
export class IncomingMail {
  private static held = 0;
  private readonly chunks: Buffer[] = [];
  private inMemory = 0;
  private written = 0;
  private file: FileHandle | undefined;

  /** `folder`: on a disk, with room for mails. */
  constructor(private readonly folder: string) {}

  async add(chunk: Buffer): Promise<void> {
    this.chunks.push(chunk);
    this.inMemory += chunk.length;
    IncomingMail.held += chunk.length;
    if (this.inMemory > IN_MEMORY || IncomingMail.held > ALL_IN_MEMORY) await this.spill();
  }

  get isSmall(): boolean {
    return this.file === undefined;
  }

  /** All of it, once; nothing is kept here any more. */
  async take(): Promise<Buffer> {
    if (this.file === undefined) {
      const bytes = Buffer.concat(this.chunks);
      this.forget();
      return bytes;
    }
    await this.spill();
    const bytes = Buffer.allocUnsafeSlow(this.written);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await this.file.read(bytes, at, bytes.length - at, at);
      if (bytesRead === 0) throw new Error('The file of a mail that came in is shorter than the mail.');
      at += bytesRead;
    }
    await this.drop();
    return bytes;
  }

  async drop(): Promise<void> {
    this.forget();
    await this.file?.close();
    this.file = undefined;
  }

  private async spill(): Promise<void> {
    this.file ??= await unnamedFile(this.folder);
    let rest = Buffer.concat(this.chunks);
    this.forget();
    while (rest.length > 0) {
      const { bytesWritten } = await this.file.write(rest, 0, rest.length, this.written);
      this.written += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  private forget(): void {
    this.chunks.length = 0;
    IncomingMail.held -= this.inMemory;
    this.inMemory = 0;
  }
}

/** Open, and in no folder any more: whatever happens to the process, it leaves nothing behind. */
async function unnamedFile(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = await mkdtemp(path.join(folder, 'mail-'));
  try {
    return await open(path.join(place, 'raw'), 'wx+', 0o600);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
