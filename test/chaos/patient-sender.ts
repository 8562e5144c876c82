import { setTimeout as sleep } from 'node:timers/promises';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

const TRIES_AGAIN_AFTER_MS = 50;

/** A mail server that sends to us and keeps each mail until it has heard 250, as every good one does. */
export class PatientSender {
  private connection: SMTPConnection | undefined;

  constructor(private readonly port: number) {}

  /** How often it had to try again is how often the other side was away. */
  async send(raw: Buffer, from: string, to: string): Promise<number> {
    for (let tries = 0; ; tries++) {
      try {
        this.connection ??= await connected(this.port);
        await handedOver(this.connection, raw, { from, to: [to] });
        return tries;
      } catch {
        // Whatever went wrong, only a 250 ends a sender's duty: it comes again, by a new connection.
        this.close();
        await sleep(TRIES_AGAIN_AFTER_MS);
      }
    }
  }

  close(): void {
    this.connection?.close();
    this.connection = undefined;
  }
}

async function connected(port: number): Promise<SMTPConnection> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true, socketTimeout: 30_000 });
  await new Promise<void>((done, failed) => {
    connection.on('error', failed);
    connection.once('end', () => {
      failed(new Error('The server hung up.'));
    });
    connection.connect(() => {
      done();
    });
  });
  return connection;
}

async function handedOver(
  connection: SMTPConnection,
  raw: Buffer,
  envelope: { from: string; to: string[] },
): Promise<void> {
  await new Promise<void>((done, failed) => {
    const hungUp = (): void => {
      failed(new Error('The server hung up.'));
    };
    connection.once('error', failed);
    connection.once('end', hungUp);
    connection.send(envelope, raw, (error) => {
      connection.removeListener('error', failed);
      connection.removeListener('end', hungUp);
      if (error === null) done();
      else failed(error);
    });
  });
}
