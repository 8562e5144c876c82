/** A mailbox address as people write it; `email` in lower case, `name` empty where none was given. */
export interface MailAddress {
  readonly email: string;
  readonly name: string;
}

/** One of a mail's files; its bytes lie in the blob store under `sha256`. */
export interface ReceivedFile {
  /** Safe to show and to save under: no path, no control characters. */
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
  /** Shown inside the HTML rather than beside it. */
  readonly inline: boolean;
  /** Without angle brackets; what `cid:` links in the HTML name. */
  readonly contentId: string | null;
}

/** What a mail server told about one recipient it could not, or not yet, deliver to. */
export interface Bounce {
  readonly recipient: string | null;
  /** Enhanced status code (RFC 3463), such as 5.1.1. */
  readonly status: string;
  readonly smtpCode: number | null;
  readonly reason: string;
  /** The address is good for nothing. A full mailbox or a policy refusal condemns no address. */
  readonly hard: boolean;
  readonly originalMessageId: string | null;
}

/**
 * How a machine wrote this: an answer without a person (`reply`), a notice of a program (`notice`), mail to many (`bulk`). None
 * of them is ever acknowledged; only a `reply` is kept from opening tickets of its own.
 */
export type AutomaticKind = 'reply' | 'notice' | 'bulk';

/** What SPF, DKIM and DMARC said of the sender; null where it was not checked. */
export interface Authentication {
  readonly spf: string | null;
  readonly dkim: string | null;
  readonly dmarc: string | null;
}

/** A mail that somebody forwarded: who wrote it in truth, and what the forwarder added. */
export interface ForwardedMail {
  readonly originalSender: MailAddress;
  /** The forwarder's own words, above the forwarded mail. */
  readonly comment: string;
  /** The forwarded mail's words. */
  readonly text: string;
}

export type MailChannel = 'smtp' | 'lmtp' | 'http' | 'pipe' | 'imap';

/** A mail as the rest of the house knows it: taken apart, decoded, repaired. */
export interface ReceivedMail {
  readonly id: string;
  readonly channel: MailChannel;
  readonly receivedAt: Date;
  /** Null for the null return path `<>`. */
  readonly envelopeFrom: string | null;
  readonly envelopeTo: readonly string[];
  /** The one of our addresses it came to, without any +token; null if it names none of ours. */
  readonly mailbox: string | null;
  /** What stands behind the + of our addresses in the envelope and the headers, lower case, the envelope's first. */
  readonly replyTokens: readonly string[];
  /** With angle brackets, as are all Message-IDs. */
  readonly messageId: string | null;
  readonly inReplyTo: readonly string[];
  /** Newest first, at most 100. */
  readonly references: readonly string[];
  /** As the sender dates it; not to be relied on. */
  readonly date: Date | null;
  /** Null only where neither From nor Reply-To, Return-Path, Sender or the envelope names anybody. */
  readonly from: MailAddress | null;
  readonly replyTo: readonly MailAddress[];
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly subject: string;
  readonly text: string;
  /** Without quoted history, signature and client debris. */
  readonly newText: string;
  /** As it came; to be shown through `sanitisedHtml` only. */
  readonly html: string | null;
  readonly files: readonly ReceivedFile[];
  readonly automatic: AutomaticKind | null;
  /** Why no acknowledgement may be sent for it; null if one may. */
  readonly noAcknowledgementBecause: string | null;
  readonly bounces: readonly Bounce[];
  readonly forwarded: ForwardedMail | null;
  /** An earlier mail with the same Message-ID but other content. */
  readonly sameIdAs: string | null;
  readonly authentication: Authentication;
}
