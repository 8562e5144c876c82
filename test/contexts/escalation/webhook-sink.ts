import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export interface Delivered {
  readonly path: string;
  readonly key: string;
  readonly type: string;
  readonly signed: boolean;
  readonly timestamp: string;
  readonly data: {
    readonly incident: {
      readonly id: string;
      readonly metric: string;
      readonly repetition: number;
      readonly offer: { readonly to: string; readonly answer: string } | null;
    };
    readonly ticket: { readonly number: number; readonly subject: string; readonly url: string };
    readonly responder: string;
    readonly acknowledgeUrl: string | null;
  };
}

/** What the sink answers to the next requests: a status, a place to go instead, or nothing at all. */
export type Answer = number | { readonly redirect: string } | 'hang up';

/** Somebody's alerting service at the other end of the line: keeps what comes in and answers as told. */
export class WebhookSink {
  readonly delivered: Delivered[] = [];
  /** Taken one by one; when there is none left, everything is well. */
  readonly answers: Answer[] = [];
  /** Happens while the sender waits for the answer. */
  beforeAnswering: (delivered: Delivered) => Promise<void> = () => Promise.resolve();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.receive(request).then((delivered) => {
        this.delivered.push(delivered);
        return this.beforeAnswering(delivered).then(() => {
          const answer = this.answers.shift() ?? 204;
          if (answer === 'hang up') request.socket.destroy();
          else if (typeof answer === 'number') response.writeHead(answer).end();
          else response.writeHead(302, { location: answer.redirect }).end();
        });
      });
    });
  }

  static async open(): Promise<WebhookSink> {
    const sink = new WebhookSink();
    await new Promise<void>((listening) => sink.server.listen(0, '127.0.0.1', listening));
    return sink;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  to(path: string): Delivered[] {
    return this.delivered.filter((delivered) => delivered.path === path);
  }

  forget(): void {
    this.delivered.length = 0;
    this.answers.length = 0;
    this.beforeAnswering = () => Promise.resolve();
  }

  private async receive(request: IncomingMessage): Promise<Delivered> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const header = (name: string): string => String(request.headers[name]);
    const key = header('webhook-id');
    // Its own `verify` would compare with the real time of day; in a story the time is another.
    const right = new Webhook(SECRET).sign(key, new Date(Number(header('webhook-timestamp')) * 1000), body);
    const { type, timestamp, data } = JSON.parse(body) as Pick<Delivered, 'type' | 'timestamp' | 'data'>;
    return { path: request.url ?? '', key, type, timestamp, data, signed: header('webhook-signature') === right };
  }
}
