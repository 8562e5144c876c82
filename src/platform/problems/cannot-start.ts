/** This process cannot do what it was started for; the message is for the person who started it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
