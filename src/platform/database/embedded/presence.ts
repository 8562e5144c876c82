import pg from 'pg';

const TRY_AGAIN_AFTER_MS = 500;
const NAME = 'punctual presence';

/** SQL: who is there besides whoever asks. */
export const OTHERS_PRESENT = `select from pg_stat_activity where application_name = '${NAME}'`;

/**
 * One connection that a process holds for as long as it uses the database, also while its pools are empty: by it the others know that it
 * is there. If the database is restarted, it is made again.
 */
export class Presence {
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private left = false;

  private constructor(private readonly url: string) {}

  static async enter(url: string): Promise<Presence> {
    const presence = new Presence(url);
    await presence.connect();
    return presence;
  }

  async leave(): Promise<void> {
    this.left = true;
    clearTimeout(this.retry);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: NAME, keepAlive: true });
    this.client = client;
    // 'end' follows, and with it the next try.
    client.on('error', () => undefined);
    await client.connect();
    client.once('end', () => {
      this.comeBack();
    });
  }

  private comeBack(): void {
    if (this.left) return;

    this.retry = setTimeout(() => {
      this.connect().catch(() => {
        this.comeBack();
      });
    }, TRY_AGAIN_AFTER_MS);
    this.retry.unref();
  }
}
