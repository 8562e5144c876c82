/** A mail that goes to the quarantine: its message is the reason, in words for a person. */
export class UnreadableMail extends Error {
  override readonly name = 'UnreadableMail';
}
