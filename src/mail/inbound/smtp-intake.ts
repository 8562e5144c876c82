import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { Config } from '../../platform/config/config.js';
import { Log } from '../../platform/log/logger.js';
import { Now } from '../../platform/time/now.js';
import { LARGEST_MAIL, MailIntake } from '../mail-intake.js';
import { Mailboxes } from '../mailboxes.js';
import { IncomingMail } from './incoming-mail.js';
import { LargeMails } from './large-mails.js';

const MOST_CLIENTS = 200;
/** RFC 5321, 4.5.3.2.7: at least five minutes. */
const SILENCE_MS = 5 * 60_000;
const MOST_RECIPIENTS = 100;

/** Any object with these two makes an SMTP answer. */
class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The built-in mail server, by SMTP or LMTP. It takes mail for our addresses only, and says 250 only when the bytes are committed:
 * 550 unknown address, 552 too large, 451 when storing fails, 452 when there is no room for it.
 */
@Injectable()
export class SmtpIntake implements OnApplicationShutdown {
  private server: SMTPServer | undefined;
  private readonly log: Log;

  constructor(
    private readonly config: Config,
    private readonly intake: MailIntake,
    private readonly mailboxes: Mailboxes,
    private readonly largeMails: LargeMails,
    private readonly now: Now,
    log: Log,
  ) {
    this.log = log.child({ part: 'smtp-intake' });
  }

  /** Listens, and answers on which port. Called by the process that has the role `mail`. */
  async start(): Promise<number> {
    const { host, port, domain, protocol, tls } = this.config.mail;
    const server = new SMTPServer({
      name: domain,
      banner: 'Punctual',
      lmtp: protocol === 'lmtp',
      size: LARGEST_MAIL,
      disabledCommands: tls === undefined ? ['AUTH', 'STARTTLS'] : ['AUTH'],
      ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: true,
      maxClients: MOST_CLIENTS,
      socketTimeout: SILENCE_MS,
      closeTimeout: 3_000,
      logger: false,
      onRcptTo: ({ address }, session, answer) => {
        this.checkRecipient(address, session).then(() => {
          answer();
        }, answer);
      },
      onData: (stream, session, answer) => {
        this.take(stream, session, protocol).then((id) => {
          answer(null, `OK: kept as ${id}`);
        }, answer);
      },
    });
    server.on('error', (error) => {
      // Why it cannot listen is said by whoever has called us.
      if (server.server.listening) this.log.warn({ err: error }, 'A mail connection failed.');
    });
    server.listen(port, host);
    await once(server.server, 'listening');
    this.server = server;
    return (server.server.address() as AddressInfo).port;
  }

  /** Takes nothing new and lets running deliveries end. */
  async onApplicationShutdown(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server !== undefined) {
      await new Promise<void>((closed) => {
        server.close(closed);
      });
    }
  }

  private async checkRecipient(address: string, session: SMTPServerSession): Promise<void> {
    if (session.envelope.rcptTo.length >= MOST_RECIPIENTS) throw new Refusal(452, '4.5.3 Too many recipients');
    let known: boolean;
    try {
      known = await this.mailboxes.takes(address);
    } catch (error) {
      this.log.error({ err: error }, 'Our addresses cannot be read; senders are asked to come again.');
      throw new Refusal(451, '4.3.0 Temporary failure, please try again later');
    }
    if (!known) throw new Refusal(550, `5.1.1 There is no mailbox ${printable(address)} here`);
  }

  private async take(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    channel: 'smtp' | 'lmtp',
  ): Promise<string> {
    const incoming = new IncomingMail(path.join(this.config.dataDir, 'incoming'));
    try {
      await this.receive(stream, incoming);
      const store = async (): Promise<string> => {
        const raw = await incoming.take();
        if (endsEarlyElsewhere(raw))
          throw new Refusal(550, '5.6.0 A line with a single dot that does not end in CRLF: not taken');
        return (await this.store(raw, session, channel)).id;
      };
      return await (incoming.isSmall ? store() : this.largeMails.store(store));
    } finally {
      await incoming.drop();
    }
  }

  /** All bytes up to the final dot. A message that is cut off, too large or cannot be kept is an error, never a shorter message. */
  private async receive(stream: SMTPServerDataStream, incoming: IncomingMail): Promise<void> {
    let room = true;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (room && !stream.sizeExceeded) room = await this.kept(incoming, chunk);
      }
    } catch {
      throw new Refusal(451, '4.4.2 The connection was lost before the end of the mail');
    }
    if (stream.sizeExceeded)
      throw new Refusal(552, `5.3.4 A mail may have ${LARGEST_MAIL / 1024 / 1024} MB at the most`);
    if (!room) throw new Refusal(452, '4.3.1 There is no room for the mail, please try again later');
  }

  private async kept(incoming: IncomingMail, chunk: Buffer): Promise<boolean> {
    try {
      await incoming.add(chunk);
      return true;
    } catch (error) {
      this.log.error({ err: error }, 'A mail could not be written down; its sender keeps it and tries again.');
      return false;
    }
  }

  private async store(raw: Buffer, session: SMTPServerSession, channel: 'smtp' | 'lmtp'): Promise<{ id: string }> {
    const { envelope, remoteAddress, hostNameAppearsAs } = session;
    try {
      return await this.intake.accept({
        raw,
        channel,
        envelopeFrom: envelope.mailFrom === false ? null : envelope.mailFrom.address,
        envelopeTo: envelope.rcptTo.map(({ address }) => address),
        receivedAt: this.now.read(),
        client: { address: remoteAddress, name: typeof hostNameAppearsAs === 'string' ? hostNameAppearsAs : '' },
      });
    } catch (error) {
      this.log.error({ err: error }, 'A mail could not be stored; its sender keeps it and tries again.');
      throw new Refusal(451, '4.3.0 The mail could not be stored, please try again later');
    }
  }
}

/**
 * SMTP smuggling: a dot alone on a line whose ends are not both CRLF. Some servers take it for the end of the mail, so what
 * follows would be commands to them and text to us.
 */
export function endsEarlyElsewhere(raw: Buffer): boolean {
  for (let at = raw.indexOf(0x2e); at >= 0; at = raw.indexOf(0x2e, at + 1)) {
    const before = raw[at - 1];
    const after = raw[at + 1];
    if ((before !== 0x0a && before !== 0x0d) || (after !== 0x0a && after !== 0x0d)) continue;
    const properlyBefore = before === 0x0a && raw[at - 2] === 0x0d;
    const properlyAfter = after === 0x0d && raw[at + 2] === 0x0a;
    if (!properlyBefore || !properlyAfter) return true;
  }
  return false;
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?').slice(0, 200);
}
