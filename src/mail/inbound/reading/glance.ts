import type { MailAddress } from '../../received-mail.js';
import { readAddresses } from './addresses.js';
import { cleanLine, decodeHeader } from './header-text.js';
import { fieldOf, readMime } from './mime.js';
import { UnreadableMail } from './unreadable-mail.js';

/** What a person needs to know a mail again that is not read as a whole. */
export interface Glance {
  readonly subject: string | null;
  readonly from: MailAddress | null;
}

/** Reads the header of a mail and nothing else; what cannot be read is not known. */
export function glanceAt(header: Buffer): Glance {
  const field = (name: string): string | null => {
    try {
      return fieldOf(readMime(header), name);
    } catch (error) {
      if (error instanceof UnreadableMail) return null;
      throw error;
    }
  };
  const subject = field('subject');
  return {
    subject: subject === null ? null : cleanLine(decodeHeader(subject)),
    from: readAddresses(field('from'))[0] ?? null,
  };
}
