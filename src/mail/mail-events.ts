import type { Bounce, ReceivedMail } from './received-mail.js';

/** A mail to us has been read and is no bounce, no duplicate and none of our own. Whoever takes it tells `MailLog.filed`. */
export class MailReceived {
  constructor(readonly mail: ReceivedMail) {}
}

/**
 * Mail of ours could not be delivered. `outgoing` is the letter it was, proven by our bounce address or a stored Message-ID; a
 * report without that proof has no effect on anybody's address and is filed without a ticket.
 */
export class MailBounced {
  constructor(
    readonly mail: ReceivedMail,
    readonly bounces: readonly Bounce[],
    readonly outgoing: { readonly id: string; readonly messageId: string } | null,
  ) {}
}

/** A letter of ours has left the house: the relay accepted it, or it was captured because there is no relay. */
export class LetterHandedOver {
  constructor(
    readonly outgoing: string,
    readonly at: Date,
    /** Kept in the outbox, where nobody but an admin sees it. */
    readonly captured: boolean,
  ) {}
}

/** A letter of ours will never leave: it was refused for good, or tried for too long. */
export class LetterGivenUp {
  constructor(
    readonly outgoing: string,
    readonly at: Date,
    readonly reason: string,
  ) {}
}
