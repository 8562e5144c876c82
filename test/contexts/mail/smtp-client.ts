import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A mail server that speaks to ours, line by line, so that a test can do what no library would. */
export class SmtpClient {
  private buffer = '';
  private waiting: ((reply: string) => void) | undefined;
  private lost: Error | undefined;

  private constructor(private socket: Socket) {
    this.listen();
  }

  static async open(port: number): Promise<SmtpClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new SmtpClient(socket);
    await client.reply();
    return client;
  }

  /** Says one line and answers what came back. */
  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  /** Bytes as they are. */
  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  async reply(): Promise<string> {
    for (;;) {
      const complete = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.buffer)?.[0];
      if (complete !== undefined) {
        this.buffer = this.buffer.slice(complete.length);
        return complete.trimEnd();
      }
      if (this.lost !== undefined) throw this.lost;
      await new Promise<void>((heard) => {
        this.waiting = () => {
          heard();
        };
      });
    }
  }

  async envelope({
    from = 'carl@example.com',
    to = ['support@desk.test'],
    hello = 'EHLO client.example.com',
  }: { from?: string; to?: string[]; hello?: string } = {}): Promise<string[]> {
    await this.say(hello);
    const replies = [await this.say(`MAIL FROM:<${from}>`)];
    for (const address of to) replies.push(await this.say(`RCPT TO:<${address}>`));
    return replies;
  }

  /** The whole of a mail, dots stuffed; answers the last reply. */
  async data(raw: Buffer): Promise<string> {
    const ready = await this.say('DATA');
    if (!ready.startsWith('354')) return ready;

    const stuffed = raw.toString('latin1').replace(/^\./gm, '..');
    this.write(Buffer.from(stuffed.endsWith('\r\n') ? stuffed : `${stuffed}\r\n`, 'latin1'));
    this.write('.\r\n');
    return this.reply();
  }

  async startTls(): Promise<string> {
    const reply = await this.say('STARTTLS');
    this.socket.removeAllListeners();
    this.socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    await once(this.socket, 'secureConnect');
    this.listen();
    return reply;
  }

  close(): void {
    this.socket.destroy();
  }

  private listen(): void {
    const wake = (): void => {
      this.waiting?.('');
      this.waiting = undefined;
    };
    this.socket.on('data', (chunk: Buffer) => {
      this.buffer += chunk.toString('latin1');
      wake();
    });
    this.socket.on('error', (error) => {
      this.lost = error;
      wake();
    });
    this.socket.on('close', () => {
      this.lost ??= new Error('The server closed the connection.');
      wake();
    });
  }
}
