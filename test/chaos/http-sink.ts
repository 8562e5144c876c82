import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request: taken, refused for now, refused for good, never answered, cut off, or taken without an answer. */
export type HttpMood = 'take' | 'refuse' | 'reject' | 'stall' | 'drop' | 'take and drop';

export interface Posted {
  readonly path: string;
  /** `webhook-id`: the idempotency key. */
  readonly key: string;
  readonly type: string;
  /** Of what it tells; null where it is about none. */
  readonly incident: { readonly id: string; readonly dueAt: Date } | null;
  readonly ticket: number | null;
  /** When its first bytes were here, and when it was answered; milliseconds since 1970. */
  readonly beganAt: number;
  readonly tookAt: number;
}

/** Somebody's pager at the other end of the line, in all its moods. */
export class HttpSink {
  /** What was taken. */
  readonly posted: Posted[] = [];
  /** When plain requests came (a heartbeat is a GET). */
  readonly pings: number[] = [];
  /** When anything was begun, taken or not. */
  readonly begun: { readonly path: string; readonly key: string; readonly at: number }[] = [];
  /** Asked for each request. */
  mood: (path: string) => HttpMood = () => 'take';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.receive(request, response).catch(() => request.socket.destroy());
    });
  }

  static async open(): Promise<HttpSink> {
    const sink = new HttpSink();
    await new Promise<void>((listening) => sink.server.listen(0, '127.0.0.1', listening));
    return sink;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** As new. */
  reset(): void {
    this.posted.length = 0;
    this.pings.length = 0;
    this.begun.length = 0;
    this.mood = () => 'take';
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganAt = Date.now();
    const path = request.url ?? '';
    if (request.method === 'GET') {
      this.pings.push(beganAt);
      response.writeHead(200).end();
      return;
    }
    const key = String(request.headers['webhook-id']);
    this.begun.push({ path, key, at: beganAt });
    const mood = this.mood(path);
    if (mood === 'stall') return;
    if (mood === 'drop') {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (mood === 'refuse') response.writeHead(503).end();
    else if (mood === 'reject') response.writeHead(410).end();
    else {
      this.note(path, key, beganAt, Buffer.concat(chunks).toString('utf8'));
      if (mood === 'take') response.writeHead(204).end();
      else request.socket.destroy();
    }
  }

  private note(path: string, key: string, beganAt: number, body: string): void {
    const { type, data } = JSON.parse(body) as Body;
    const incident =
      data.incident === undefined ? null : { id: data.incident.id, dueAt: new Date(data.incident.dueAt) };
    this.posted.push({ path, key, type, incident, ticket: data.ticket?.number ?? null, beganAt, tookAt: Date.now() });
  }
}

interface Body {
  readonly type: string;
  readonly data: {
    readonly incident?: { readonly id: string; readonly dueAt: string };
    readonly ticket?: { readonly number: number };
  };
}
