import { Controller, Get, Param, ParseUUIDPipe, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BlobStore } from '../../platform/blobs/blob-store.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/problems/problem.js';
import { sanitisedHtml } from '../../mail/sanitised-html.js';
import { Roles } from '../access.js';
import { sendFile, sendForeignHtml } from '../foreign-content.js';

interface StoredFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sha256: string;
}

const SHOWN_IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const MOST_IMAGE_BYTES = 5_000_000;

/** What came along with messages: files to take home, and the message as its writer formatted it. */
@Controller()
@Roles('agent')
export class FilesController {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
  ) {}

  @Get('attachments/:id')
  async file(@Param('id', ParseUUIDPipe) id: string, @Res() reply: FastifyReply): Promise<void> {
    const [file] = await this.database.query<StoredFile>(
      `select filename, content_type as "contentType", sha256 from attachment where id = $1`,
      [id],
    );
    await sendFile(reply, file, await this.bytes(file));
  }

  @Get('messages/:id/html')
  async html(
    @Param('id', ParseUUIDPipe) id: string,
    @Res() reply: FastifyReply,
    @Query('images') asked?: string,
  ): Promise<void> {
    const [message] = await this.database.query<{ html: string | null }>(`select html from message where id = $1`, [
      id,
    ]);
    if (message === undefined || message.html === null) throw Problem.notFound('This message has no formatting.');

    const images = await this.images(id);
    const remoteImages = asked === '1';
    const shown = sanitisedHtml(message.html, {
      cid: (contentId) => images.get(contentId) ?? null,
      remote: remoteImages,
    });
    await sendForeignHtml(reply, shown, { remoteImages });
  }

  /** The pictures inside a message, as data: the frame that shows them may fetch nothing. */
  private async images(messageId: string): Promise<Map<string, string>> {
    const files = await this.database.query<StoredFile & { contentId: string }>(
      `select filename, content_type as "contentType", sha256, content_id as "contentId" from attachment
       where message_id = $1 and content_id is not null and content_type = any($2) and size <= $3 order by position limit 50`,
      [messageId, SHOWN_IMAGES, MOST_IMAGE_BYTES],
    );
    const images = new Map<string, string>();
    for (const file of files) {
      const bytes = await this.bytes(file);
      if (bytes !== null) images.set(file.contentId, `data:${file.contentType};base64,${bytes.toString('base64')}`);
    }
    return images;
  }

  private async bytes(file: StoredFile | undefined): Promise<Buffer | null> {
    return file === undefined ? null : this.blobs.read(file.sha256);
  }
}
