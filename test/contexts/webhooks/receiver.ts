import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly at: Date;
  readonly signatures: readonly string[];
  readonly text: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: any };
}

/** What it answers next: a status with headers, or nothing at all. */
export type Reply = { readonly status: number; readonly headers?: Record<string, string> } | 'hang up';

/** Somebody's program at the other end of the line: keeps what it is told, and answers as the test says. */
export class Receiver {
  readonly received: Received[] = [];
  /** What it answers from now on. */
  replies: Reply = { status: 204 };

  private constructor(private readonly server: Server) {}

  static async open(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      void readAll(request).then((received) => {
        receiver.received.push(received);
        const reply = receiver.replies;
        if (reply === 'hang up') request.socket.destroy();
        else response.writeHead(reply.status, reply.headers).end();
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return receiver;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  to(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  types(path: string): string[] {
    return this.to(path).map(({ body }) => body.type);
  }
}

/** As the receiver's library would, but for its look at the real time of day. */
export function isSignedWith(secret: string, { id, at, text, signatures }: Received): boolean {
  return signatures.includes(new Webhook(secret).sign(id, at, text));
}

async function readAll(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    path: request.url ?? '',
    id: String(request.headers['webhook-id']),
    at: new Date(Number(request.headers['webhook-timestamp']) * 1000),
    signatures: String(request.headers['webhook-signature']).split(' '),
    text,
    body: JSON.parse(text) as Received['body'],
  };
}
