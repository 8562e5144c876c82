import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MailPreview, type PreviewedMail } from '../mail/mail-preview.js';
import type { MailAddress } from '../mail/received-mail.js';
import { shownHtml } from '../mail/shown-html.js';
import { BlobStore } from '../platform/blobs/blob-store.js';
import { Database } from '../platform/database/database.js';
import { Problem } from '../platform/problems/problem.js';
import { pictureType, sendFile, sendForeignHtml, sendPicture } from './foreign-content.js';

export interface StoredFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sha256: string;
}

const MOST_IMAGE_BYTES = 5_000_000;
const MOST_IMAGES = 50;

/** What somebody sent, handed to a browser so that it can do no harm. Who may see it is decided before. */
@Injectable()
export class MessageContent {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly mails: MailPreview,
  ) {}

  /** The message as its writer formatted it, for a frame; `images` is what the reader's address says of images from elsewhere. */
  async sendHtml(
    reply: FastifyReply,
    message: { readonly id: string; readonly html: string | null } | undefined,
    images: string | undefined,
  ): Promise<void> {
    if (message === undefined || message.html === null) throw Problem.notFound('This message has no formatting.');

    const pictures = await this.pictures(message.id);
    const remoteImages = images === '1';
    const shown = shownHtml(message.html, {
      cid: (contentId) => pictures.get(contentId) ?? null,
      remote: remoteImages,
    });
    await sendForeignHtml(reply, shown, { remoteImages });
  }

  async sendFile(reply: FastifyReply, file: StoredFile | undefined): Promise<void> {
    await sendFile(reply, file, await this.bytes(file));
  }

  async sendPicture(reply: FastifyReply, file: StoredFile | undefined): Promise<void> {
    await sendPicture(reply, await this.bytes(file));
  }

  /** A mail that came along as a file, for its page; `path` is where it lies. */
  async enclosedMail(file: StoredFile | undefined, path: string): Promise<object> {
    const { from, to, cc, subject, text, html, date, files } = await this.read(file);
    return {
      title: subject === '' ? 'A mail without a subject' : subject,
      from: from === null ? 'nobody known' : written([from]),
      to: written([...to, ...cc]),
      ...{ date, text },
      frame: html === null ? null : `${path}/html`,
      download: path.replace(/\/mail$/, ''),
      files: files.map(({ filename, content }, index) => ({
        ...{ filename, bytes: content.length, picture: null, mail: null },
        href: `${path}/files/${index}`,
      })),
    };
  }

  /** The HTML of such a mail, for a frame. */
  async sendEnclosedHtml(reply: FastifyReply, file: StoredFile | undefined, images: string | undefined): Promise<void> {
    const { html, files } = await this.read(file);
    if (html === null) throw Problem.notFound('This mail has no formatting.');

    const pictures = new Map(
      files.map(({ contentId, content }) => [contentId, content.length > MOST_IMAGE_BYTES ? null : dataOf(content)]),
    );
    const remoteImages = images === '1';
    const shown = shownHtml(html, { cid: (id) => pictures.get(id) ?? null, remote: remoteImages });
    await sendForeignHtml(reply, shown, { remoteImages });
  }

  /** One of the files of such a mail, by its place. */
  async sendEnclosedFile(reply: FastifyReply, file: StoredFile | undefined, index: number): Promise<void> {
    const { files } = await this.read(file);
    await sendFile(reply, files[index], files[index]?.content ?? null);
  }

  /** As the intake reads mails. */
  private async read(file: StoredFile | undefined): Promise<PreviewedMail> {
    const bytes = file?.contentType === 'message/rfc822' ? await this.bytes(file) : null;
    if (bytes === null) throw Problem.notFound('There is no such mail.');
    return this.mails.read(bytes);
  }

  /** The pictures inside a message, as data: the frame that shows them may fetch nothing. */
  private async pictures(messageId: string): Promise<Map<string, string>> {
    const files = await this.database.query<StoredFile & { contentId: string }>(
      `select filename, content_type as "contentType", sha256, content_id as "contentId" from attachment
       where message_id = $1 and content_id is not null and content_type like 'image/%' and size <= $2 order by position limit ${MOST_IMAGES}`,
      [messageId, MOST_IMAGE_BYTES],
    );
    const pictures = new Map<string, string>();
    for (const file of files) {
      const bytes = await this.bytes(file);
      const data = bytes === null ? null : dataOf(bytes);
      if (data !== null) pictures.set(file.contentId, data);
    }
    return pictures;
  }

  private async bytes(file: StoredFile | undefined): Promise<Buffer | null> {
    return file === undefined ? null : this.blobs.read(file.sha256);
  }
}

/** What a file of a message offers beside being saved; `href` is where it lies. */
export function shownFile(
  file: { readonly filename: string; readonly bytes: number; readonly contentType: string },
  href: string,
): object {
  const { filename, bytes, contentType } = file;
  return {
    ...{ filename, bytes, href },
    picture: PICTURES.includes(contentType) && bytes <= MOST_IMAGE_BYTES ? `${href}/picture` : null,
    mail: contentType === 'message/rfc822' ? `${href}/mail` : null,
  };
}

const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

function dataOf(bytes: Buffer): string | null {
  const type = pictureType(bytes);
  return type === null ? null : `data:${type};base64,${bytes.toString('base64')}`;
}

function written(people: readonly MailAddress[]): string {
  return people.map(({ email, name }) => (name === '' ? email : `${name} <${email}>`)).join(', ');
}
