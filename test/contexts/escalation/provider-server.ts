import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as a form. */
  readonly form: Readonly<Record<string, string>>;
  /** The body as JSON; null where it is none. */
  readonly json: Record<string, unknown> | null;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `cut`: the line breaks before an answer; `silence`: none comes. */
export type Fate = Reply | 'cut' | 'silence';

/** A provider of messages at the other end of the line, which answers as its documents say or as the story wants. */
export class ProviderServer {
  readonly asked: Asked[] = [];
  /** Taken one by one before `usual`. */
  readonly fates: Fate[] = [];
  usual: (asked: Asked) => Fate = () => ({ status: 200, body: 'ok' });
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.receive(request).then((asked) => {
        this.asked.push(asked);
        this.answer(request, response, this.fates.shift() ?? this.usual(asked));
      });
    });
  }

  static async open(): Promise<ProviderServer> {
    const server = new ProviderServer();
    await new Promise<void>((listening) => server.server.listen(0, '127.0.0.1', listening));
    return server;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  url(path = ''): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  forget(): void {
    this.asked.length = 0;
    this.fates.length = 0;
    this.usual = () => ({ status: 200, body: 'ok' });
  }

  private answer(request: IncomingMessage, response: ServerResponse, fate: Fate): void {
    if (fate === 'cut') request.socket.destroy();
    else if (fate !== 'silence') response.writeHead(fate.status, fate.headers).end(fate.body ?? '');
  }

  private async receive(request: IncomingMessage): Promise<Asked> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method = '', url: path = '', headers } = request;
    return { method, path, headers, body, form: Object.fromEntries(new URLSearchParams(body)), json: jsonOf(body) };
  }
}

export const json = (status: number, body: object, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

function jsonOf(body: string): Record<string, unknown> | null {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return null;
  }
}
