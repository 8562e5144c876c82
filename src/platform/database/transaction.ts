import type { EntityManager, QueryRunner } from 'typeorm';

/** One database transaction, seen: whatever must take part in it gets this as its first argument. */
export class Transaction {
  private readonly effects: (() => void)[] = [];
  private readonly held = new Set<string>();
  private readonly known = new Map<string, Promise<unknown>>();

  constructor(
    private readonly runner: QueryRunner,
    /** It changes no settings, so what it has read of them once need not be read again. */
    private readonly leavesSettings = false,
  ) {}

  /** TypeORM's way to rows of entities, inside this transaction. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Runs SQL and answers its rows, also those of `insert | update | delete … returning`. */
  async query<Row = unknown>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(this.runner, sql, parameters);
  }

  /**
   * Holds these names until the end of the transaction; whoever else wants one of them waits. What is held already costs nothing. Several at
   * once are taken in one order, so that two who want the same ones never wait for each other.
   */
  async lock(...names: readonly string[]): Promise<void> {
    const wanted = [...new Set(names)].filter((name) => !this.held.has(name));
    if (wanted.length === 0) return;
    await this.query(
      `select pg_advisory_xact_lock(key)
       from (select distinct hashtextextended(name, 0) as key from unnest($1::text[]) as name order by key) as wanted`,
      [wanted],
    );
    for (const name of wanted) this.held.add(name);
  }

  /** A setting: where the transaction leaves all of them alone, `read` is called once for each `name`, else each time. */
  async setting<T>(name: string, read: () => Promise<T>): Promise<T> {
    if (!this.leavesSettings) return read();
    const known = this.known.get(name) ?? read();
    this.known.set(name, known);
    return known as Promise<T>;
  }

  /** Remembers what may happen only once the rows are committed, such as ringing a job. It must not throw. */
  afterCommit(effect: () => void): void {
    this.effects.push(effect);
  }

  /** For the database only: carries out what was remembered. */
  runEffects(): void {
    for (const effect of this.effects) effect();
  }
}

/** Runs SQL on a connection and answers rows, whatever the command was. */
export async function rowsOf<Row>(runner: QueryRunner, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const result = await runner.query(sql, [...parameters], true);
  return (result.records as Row[] | undefined) ?? [];
}
