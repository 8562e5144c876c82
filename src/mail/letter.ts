import type { MailAddress } from './received-mail.js';

/** A file to send along, already in the blob store. */
export interface LetterFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sha256: string;
  /** Without angle brackets; given, the file is shown in the HTML where `cid:` names it. */
  readonly contentId?: string;
}

/**
 * What it says: a template of three siblings, `views/mail/<template>.{subject,text,html}.hbs`, or a person's own words.
 */
export type LetterWords =
  | { readonly template: string; readonly data: object }
  | { readonly subject: string; readonly text: string; readonly html?: string };

/** A letter to send. */
export interface Letter {
  readonly words: LetterWords;
  readonly to: readonly MailAddress[];
  readonly cc?: readonly MailAddress[];
  /** The language it is written in, where it comes from templates; by default the desk's. */
  readonly language?: string;
  /** It names them all, and goes to this one alone: a copy of their own, with their own links in it. */
  readonly only?: string;
  /** The Message-ID that the first copy of this letter was given. */
  readonly copyOf?: string;
  /** Why it does not leave: it is kept as one that could not be delivered, for people to see. */
  readonly heldBackBecause?: string;
  /** Where one click takes whoever gets this copy off the list of those it goes to (RFC 8058). */
  readonly unsubscribeUrl?: string;
  /** The one of our mailboxes it leaves from; by default the desk's support address. */
  readonly mailbox?: string;
  /** The name beside our address; by default the desk's. */
  readonly senderName?: string;
  /**
   * Answers come to `support+<replyToken>@…`. At most 35 characters of a local part are ours to give, so the payload of a
   * signed token must not pass 14 bytes.
   */
  readonly replyToken?: string;
  /** Message-ID of the mail that this answers. */
  readonly inReplyTo?: string | null;
  /** Message-IDs of the conversation, oldest first. */
  readonly references?: readonly string[];
  /**
   * Machine mail says that it is: `reply` where it answers somebody's mail (Auto-Submitted: auto-replied), `notice` where it comes of
   * itself (auto-generated). Absent for what a person wrote.
   */
  readonly automatic?: 'reply' | 'notice';
  readonly files?: readonly LetterFile[];
  /** An alarm: it overtakes everything that waits for its turn. */
  readonly urgent?: true;
}
