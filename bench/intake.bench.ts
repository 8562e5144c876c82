import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { SmtpIntake } from '../src/mail/inbound/smtp-intake.js';
import { compare, mustBeEqual, rateOf, type Comparison } from './comparison.js';
import { Desk } from './desk.js';
import { deliver } from './mail-client.js';
import { mailsOf } from './mails.js';
import { RawFiling } from './raw-filing.js';

const ROUNDS = 3;
const MAILS = 300;
const TICKETS = 120;

/** From a sender's socket to a durable mail, and from there to a ticket whose clocks run. */
export async function* intake(): AsyncIterable<Comparison> {
  yield* Desk.forA(measure);
}

async function* measure(desk: Desk): AsyncIterable<Comparison> {
  const port = await desk.get(SmtpIntake).start();
  const bare = await BareServer.start(desk);
  await deliver(port, mailsOf(20, 'warm'));
  await deliver(bare.port, mailsOf(20, 'warm'));
  let series = 0;
  const next = (count: number): ReturnType<typeof mailsOf> => mailsOf(count, `mail-${series++}`);
  yield await compare({
    name: 'intake: durable SMTP acceptance',
    against: 'smtp-server and one raw insert',
    rounds: ROUNDS,
    ours: () => deliver(port, next(MAILS)),
    theirs: () => deliver(bare.port, next(MAILS)),
  });
  await bare.stop();
  mustBeEqual('mails kept', await desk.count('inbound_mail'), await desk.count('bare.mail'));

  // What lies there now would be read too.
  await desk.query('delete from inbound_mail');
  await desk.accept(mailsOf(20, 'first'));
  await desk.readMail();
  const raw = await RawFiling.after(desk);
  await raw.file(mailsOf(20, 'warm'));
  yield await compare({
    name: 'intake: accepted mail to ticket with clocks',
    against: 'mailparser and the same rows by raw SQL',
    rounds: ROUNDS,
    ours: async () => {
      await desk.accept(next(TICKETS));
      return rateOf(TICKETS, () => desk.readMail());
    },
    theirs: async () => {
      const mails = next(TICKETS);
      await raw.accept(mails);
      return rateOf(TICKETS, () => raw.file(mails));
    },
  });
  for (const table of ['ticket', 'clock', 'clock_event', 'ticket_event', 'message', 'outgoing_mail']) {
    mustBeEqual(`rows in ${table}`, await desk.count(table), await desk.count(`bare.${table}`));
  }
  mustBeEqual('tickets', await desk.count('ticket'), 20 + ROUNDS * TICKETS);
}

/** Nothing but the package, and the bytes in a table. */
class BareServer {
  private constructor(
    private readonly server: SMTPServer,
    readonly port: number,
  ) {}

  static async start({ raw }: Desk): Promise<BareServer> {
    await raw.query('create schema bare');
    await raw.query(
      'create table bare.mail (id bigint generated always as identity primary key, envelope_from text, envelope_to text[], raw bytea)',
    );
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      logger: false,
      onData: (stream, { envelope }, answer) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.once('end', () => {
          const from = envelope.mailFrom === false ? null : envelope.mailFrom.address;
          const to = envelope.rcptTo.map(({ address }) => address);
          raw
            .query('insert into bare.mail (envelope_from, envelope_to, raw) values ($1, $2, $3)', [
              from,
              to,
              Buffer.concat(chunks),
            ])
            .then(() => {
              answer();
            }, answer);
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return new BareServer(server, (server.server.address() as AddressInfo).port);
  }

  async stop(): Promise<void> {
    await new Promise<void>((stopped) => {
      this.server.close(stopped);
    });
  }
}
