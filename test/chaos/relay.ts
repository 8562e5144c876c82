import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What the relay does with what comes: takes it, turns it away at the door, says "not now" or "never" to a letter, is silent, or hangs up. */
export type RelayMood = 'take' | 'refuse' | 'later' | 'never' | 'stall' | 'drop' | 'take and drop';

export interface Relayed {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** When MAIL FROM was said, and when the letter was taken; milliseconds since 1970. */
  readonly beganAt: number;
  readonly tookAt: number;
}

const CONGESTED = 421;
const LATER = 451;
const NEVER = 550;

/** The relay for outgoing mail, in all its moods. */
export class Relay {
  readonly letters: Relayed[] = [];
  /** When anybody knocked or began a letter, whatever became of it. */
  readonly attempts: number[] = [];
  mood: RelayMood = 'take';
  private readonly server: SMTPServer;
  private readonly begun = new Map<string, number>();

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      disableReverseLookup: true,
      logger: false,
      onConnect: (_session, done) => {
        this.attempts.push(Date.now());
        if (this.mood === 'stall') return;
        done(this.mood === 'refuse' ? refusal('Too busy, come back later.', CONGESTED) : null);
      },
      onMailFrom: (_address, { id }, done) => {
        this.attempts.push(Date.now());
        this.begun.set(id, Date.now());
        if (this.mood === 'stall') return;
        const refused = this.mood === 'later' || this.mood === 'refuse';
        done(refused ? refusal('Not now.', LATER) : this.mood === 'never' ? refusal('Not from you.', NEVER) : null);
      },
      onData: (stream, { id, envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const mood = this.mood;
          if (mood === 'stall') return;
          if (mood !== 'drop') {
            const head = Buffer.concat(chunks).toString('utf8').split('\r\n\r\n')[0] ?? '';
            const to = envelope.rcptTo.map(({ address }) => address);
            const beganAt = this.begun.get(id) ?? Date.now();
            this.letters.push({
              ...{ to, beganAt, tookAt: Date.now() },
              messageId: headerIn(head, 'Message-ID'),
              subject: headerIn(head, 'Subject'),
            });
          }
          // Dropping the connection is what a relay that dies in the middle looks like.
          if (mood === 'drop' || mood === 'take and drop') this.hangUp();
          else done();
        });
      },
    });
    this.server.on('error', () => undefined);
  }

  static async open(): Promise<Relay> {
    const relay = new Relay();
    await new Promise<void>((listening) => relay.server.listen(0, '127.0.0.1', listening));
    return relay;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  /** Cuts all connections, also those on which nothing happens. */
  hangUp(): void {
    for (const connection of this.server.connections as Set<{ _socket: { destroy(): void } }>)
      connection._socket.destroy();
  }

  /** As new. */
  reset(): void {
    this.letters.length = 0;
    this.attempts.length = 0;
    this.mood = 'take';
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise<void>((closed) => {
      this.server.close(() => {
        closed();
      });
    });
  }
}

function refusal(message: string, responseCode: number): Error {
  return Object.assign(new Error(message), { responseCode });
}

function headerIn(head: string, name: string): string {
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(unfolded)?.[1]?.trim() ?? '';
}
