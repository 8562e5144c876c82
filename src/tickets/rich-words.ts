import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { plainWords } from '../mail/plain-words.js';
import { sanitisedHtml } from '../mail/sanitised-html.js';
import type { Transaction } from '../platform/database/transaction.js';
import { Attachments, type KeptFile, type Upload } from './attachments.js';
import type { Words } from './message.store.js';

/** Words as staff hand them in: plain, or formatted with pictures between them. */
export interface WrittenWords {
  readonly text: string;
  readonly html?: string | undefined;
  readonly files?: readonly Upload[];
}

const PICTURE_TYPES: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};
const SOURCE = /^data:(image\/(?:png|jpeg|gif|webp));base64,([a-z0-9+/=\s]+)$/i;

/**
 * What staff write with an editor or a program, made fit to be kept and sent: sanitised, its pictures files of the message that the
 * HTML names by `cid:`, a plain text beside it. Pictures come as data, or as uploads that `cid:<file name>` names.
 */
@Injectable()
export class RichWords {
  constructor(private readonly attachments: Attachments) {}

  async keep(tx: Transaction, { text, html, files = [] }: WrittenWords): Promise<Words> {
    if (html === undefined || html.trim() === '') return { text, files: await this.attachments.keep(tx, files) };

    const inside = new Map<string, { readonly upload: Upload; readonly contentId: string }>();
    const place = (key: string, upload: Upload): string => {
      const known = inside.get(key);
      if (known !== undefined) return `cid:${known.contentId}`;
      const contentId = `${randomUUID()}@punctual`;
      inside.set(key, { upload, contentId });
      return `cid:${contentId}`;
    };
    const clean = sanitisedHtml(html, {
      remote: true,
      cid: (name) => {
        const upload = files.find((file) => file.filename === name && file.contentType in PICTURE_TYPES);
        return upload === undefined ? null : place(name, upload);
      },
      data: (source) => {
        const [, type = '', bytes = ''] = SOURCE.exec(source) ?? [];
        const extension = PICTURE_TYPES[type.toLowerCase()];
        if (extension === undefined) return null;
        return place(source, {
          filename: `picture-${inside.size + 1}.${extension}`,
          contentType: type.toLowerCase(),
          content: Buffer.from(bytes, 'base64'),
        });
      },
    }).html;
    const pictures = [...inside.values()];
    const others = files.filter((file) => !pictures.some(({ upload }) => upload === file));
    const kept = await this.attachments.keep(tx, [...pictures.map(({ upload }) => upload), ...others]);
    return {
      text: text.trim() === '' ? plainWords(clean) : text,
      html: clean,
      files: kept.map((file, index): KeptFile => {
        const picture = pictures[index];
        return picture === undefined ? file : { ...file, inline: true, contentId: picture.contentId };
      }),
    };
  }
}
