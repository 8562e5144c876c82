import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Log } from '../log/logger.js';
import { DatabaseAddress } from './database-address.js';

const RETRY_AFTER_MS = 1000;

/**
 * Hears PostgreSQL's NOTIFY on a connection of its own. A notification is only a hint: it may be lost while the
 * connection is being rebuilt, so whoever listens also looks for himself now and then.
 */
@Injectable()
export class Listener implements OnApplicationShutdown {
  private readonly hearers = new Map<string, ((payload: string) => void)[]>();
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly address: DatabaseAddress,
    private readonly log: Log,
  ) {}

  /** Calls `hearer` for each notification on `channel` (a plain SQL identifier), from now on and after reconnections. */
  async listen(channel: string, hearer: (payload: string) => void): Promise<void> {
    const hearers = this.hearers.get(channel) ?? [];
    this.hearers.set(channel, [...hearers, hearer]);
    if (this.client === undefined) await this.connect();
    else await this.client.query(`listen "${channel}"`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.address.url,
      keepAlive: true,
      application_name: 'punctual listener',
    });
    this.client = client;
    client.on('notification', ({ channel, payload }) => {
      for (const hearer of this.hearers.get(channel) ?? []) hearer(payload ?? '');
    });
    client.on('error', (error) => {
      this.log.warn({ err: error }, 'The connection that hears notifications is lost; it is being rebuilt.');
    });
    client.on('end', () => {
      this.reconnectLater();
    });
    try {
      await client.connect();
      for (const channel of this.hearers.keys()) await client.query(`listen "${channel}"`);
    } catch (error) {
      this.log.warn({ err: error }, 'Cannot hear notifications yet.');
      this.reconnectLater();
    }
  }

  private reconnectLater(): void {
    if (this.closed || this.retry !== undefined) return;

    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.connect();
    }, RETRY_AFTER_MS);
  }
}
