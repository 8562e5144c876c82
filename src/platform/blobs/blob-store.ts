import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { storedBytes } from '../database/stored-bytes.js';
import type { Transaction } from '../database/transaction.js';
import { Now } from '../time/now.js';

/** Files in the database, each kept once under its SHA-256, so that every process and every backup has them. */
@Injectable()
export class BlobStore {
  constructor(
    private readonly database: Database,
    private readonly now: Now,
  ) {}

  /** Keeps the content and answers its SHA-256 in hexadecimal; the same bytes twice are kept once. */
  async put(tx: Transaction, content: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    await tx.query(
      'insert into blob (sha256, size, content, created_at) values ($1, $2, $3, $4) on conflict do nothing',
      [sha256, content.length, content, this.now.read()],
    );
    return sha256;
  }

  /** The content, or null if nothing is kept under that name. */
  async read(sha256: string): Promise<Buffer | null> {
    return storedBytes(this.database, { table: 'blob', column: 'content', where: 'sha256 = $1' }, sha256);
  }
}
