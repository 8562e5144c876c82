import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';
import { Gate } from './gate.js';
import { rowsOf, Transaction } from './transaction.js';

/** PostgreSQL's way of saying that trying the same transaction again may well succeed (SQLSTATE, appendix A of its manual). */
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01']);
const TRIES = 5;
/** Connections that no transaction may take, so that a question asked in the middle of one is always answered. */
const KEPT_FREE = 2;

interface TransactionOptions {
  readonly leavesSettings?: boolean;
  readonly first?: boolean;
}

/** The door to PostgreSQL: transactions and questions. */
@Injectable()
export class Database {
  private readonly gate: Gate;
  private readonly inside = new AsyncLocalStorage<true>();

  constructor(private readonly dataSource: DataSource) {
    const { poolSize = 10 } = dataSource.options as { poolSize?: number };
    this.gate = new Gate(Math.max(1, poolSize - KEPT_FREE));
  }

  /**
   * Runs `work` in one transaction and, once it is committed, what it left to be done after the commit.
   * A deadlock or a serialisation failure starts the whole work anew, up to five times. Work that `leavesSettings` as they are reads each
   * of them once; `first` of all that wait for a connection goes what cannot wait.
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.inTransaction('READ COMMITTED', work, options);
      } catch (error) {
        if (tries >= TRIES || !WORTH_ANOTHER_TRY.has(sqlState(error) ?? '')) throw error;
      }
    }
  }

  /** Runs questions that must all see one and the same moment; nothing can be changed in it. */
  async readOnly<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.inTransaction('REPEATABLE READ', async (tx) => {
      await tx.query('set transaction read only');
      return work(tx);
    });
  }

  /** Asks one question outside any transaction and answers its rows. */
  async query<Row = unknown>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.withRunner((runner) => rowsOf<Row>(runner, sql, parameters));
  }

  private async inTransaction<T>(
    isolation: 'READ COMMITTED' | 'REPEATABLE READ',
    work: (tx: Transaction) => Promise<T>,
    { leavesSettings = false, first = false }: TransactionOptions = {},
  ): Promise<T> {
    const tx = await this.admitted(async (runner) => {
      // READ COMMITTED is what PostgreSQL begins with; saying so would be one more question for every change.
      await runner.startTransaction(isolation === 'READ COMMITTED' ? undefined : isolation);
      const transaction = new Transaction(runner, leavesSettings);
      try {
        const value = await work(transaction);
        await runner.commitTransaction();
        return { transaction, value };
      } catch (error) {
        await rollBack(runner);
        throw error;
      }
    }, first);
    tx.transaction.runEffects();
    return tx.value;
  }

  /** Who holds a connection already must not wait for others to give theirs back. */
  private async admitted<T>(use: (runner: QueryRunner) => Promise<T>, first: boolean): Promise<T> {
    if (this.inside.getStore() === true) return this.withRunner(use);
    return this.gate.pass(() => this.inside.run(true, () => this.withRunner(use)), { first });
  }

  private async withRunner<T>(use: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await use(runner);
    } finally {
      await runner.release();
    }
  }
}

/** The five-character SQLSTATE of a database error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  const state = (error as { code?: unknown; driverError?: { code?: unknown } } | null)?.driverError?.code;
  return typeof state === 'string' ? state : undefined;
}

/** The name of the constraint that a change would have broken, if that is what went wrong. */
export function brokenConstraint(error: unknown): string | undefined {
  const constraint = (error as { driverError?: { constraint?: unknown } } | null)?.driverError?.constraint;
  return typeof constraint === 'string' ? constraint : undefined;
}

/** The first error is the one that matters: a connection that is gone cannot be rolled back, and need not be. */
async function rollBack(runner: QueryRunner): Promise<void> {
  try {
    await runner.rollbackTransaction();
  } catch {
    // PostgreSQL undoes a transaction whose connection is lost.
  }
}
