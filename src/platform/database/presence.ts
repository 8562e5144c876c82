import pg from 'pg';

const TRY_AGAIN_AFTER_MS = 500;

/** A process that serves the desk, or a command that is over soon. */
type Kind = 'desk' | 'command';

const nameOf = (kind: Kind): string => `punctual ${kind} presence`;

/** SQL: the processes that use this database, or those of one kind. */
export function present(kind?: Kind): string {
  const names = kind === undefined ? [nameOf('desk'), nameOf('command')] : [nameOf(kind)];
  const list = names.map((name) => pg.escapeLiteral(name)).join(', ');
  return `select from pg_stat_activity where datname = current_database() and application_name in (${list})`;
}

/**
 * One connection that a process holds for as long as it uses the database, also while its pools are empty: by it others know that it is
 * there. If the database is restarted, it is made again.
 */
export class Presence {
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private left = false;

  private constructor(
    private readonly url: string,
    private readonly kind: Kind,
  ) {}

  static async enter(url: string, kind: Kind): Promise<Presence> {
    const presence = new Presence(url, kind);
    await presence.connect();
    return presence;
  }

  async leave(): Promise<void> {
    this.left = true;
    clearTimeout(this.retry);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: nameOf(this.kind),
      keepAlive: true,
    });
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
