import type { EntityManager, QueryRunner } from 'typeorm';

/** One database transaction, seen: whatever must take part in it gets this as its first argument. */
export class Transaction {
  private readonly effects: (() => void)[] = [];

  constructor(private readonly runner: QueryRunner) {}

  /** TypeORM's way to rows of entities, inside this transaction. */
  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Runs SQL and answers its rows, also those of `insert | update | delete … returning`. */
  async query<Row = unknown>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return rowsOf<Row>(this.runner, sql, parameters);
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
