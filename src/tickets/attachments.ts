import { Injectable } from '@nestjs/common';
import { BlobStore } from '../platform/blobs/blob-store.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';
import { cleanFilename } from './filename.js';

/** A file as a form or a program hands it in. */
export interface Upload {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** A file whose bytes are kept already. */
export interface KeptFile {
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
  readonly inline?: boolean;
  readonly contentId?: string | null;
}

const MOST_FILES = 20;
const MOST_BYTES = 25 * 1024 * 1024;

/** The files of messages. */
@Injectable()
export class Attachments {
  constructor(private readonly blobs: BlobStore) {}

  /** Keeps what was handed in, under names that can do no harm. Empty form fields are no files. */
  async keep(tx: Transaction, uploads: readonly Upload[]): Promise<KeptFile[]> {
    const files = uploads.filter(({ filename, content }) => filename !== '' || content.length > 0);
    if (files.length > MOST_FILES) {
      throw Problem.invalid(`At most ${MOST_FILES} files can be sent at once.`, [
        { field: 'attachments', detail: `must be at most ${MOST_FILES} files` },
      ]);
    }
    if (files.reduce((sum, { content }) => sum + content.length, 0) > MOST_BYTES) {
      throw Problem.tooLarge('The files are larger than 25 MB together.');
    }

    const kept: KeptFile[] = [];
    for (const { filename, contentType, content } of files) {
      kept.push({
        filename: cleanFilename(filename),
        contentType: cleanContentType(contentType),
        size: content.length,
        sha256: await this.blobs.put(tx, content),
      });
    }
    return kept;
  }

  /** Writes them beside their message. */
  async attach(tx: Transaction, messageId: string, files: readonly KeptFile[]): Promise<void> {
    if (files.length === 0) return;

    await tx.query(
      `insert into attachment (message_id, position, filename, content_type, size, sha256, inline, content_id)
       select $1, file.position, file.filename, file.content_type, file.size, file.sha256, file.inline, file.content_id
       from unnest($2::text[], $3::text[], $4::integer[], $5::text[], $6::boolean[], $7::text[])
         with ordinality as file (filename, content_type, size, sha256, inline, content_id, position)`,
      [
        messageId,
        files.map(({ filename }) => cleanFilename(filename)),
        files.map(({ contentType }) => cleanContentType(contentType)),
        files.map(({ size }) => size),
        files.map(({ sha256 }) => sha256),
        files.map(({ inline }) => inline ?? false),
        files.map(({ contentId }) => contentId ?? null),
      ],
    );
  }
}

/** A type and a subtype, no parameters; whatever else is claimed is bytes. */
function cleanContentType(claimed: string): string {
  const [type = ''] = claimed.toLowerCase().split(';');
  return /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,100}$/.test(type.trim())
    ? type.trim()
    : 'application/octet-stream';
}
