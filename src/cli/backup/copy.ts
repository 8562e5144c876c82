import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type pg from 'pg';

/** What of pg's connection a COPY needs. */
interface Connection {
  readonly stream: Writable & { pause(): void; resume(): void };
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** What pg calls on the query that it is running. */
interface RunningCopy {
  submit(connection: Connection): void;
  handleError(error: Error): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleCopyData?(message: { chunk: Buffer }, connection: Connection): void;
  handleCopyInResponse?(connection: Connection): void;
}

/** Runs `copy … to stdout` and hands each row to `take`, waiting for its promise where it gives one. Answers how many there were. */
export async function copyOut(
  client: pg.Client,
  sql: string,
  take: (row: Buffer) => Promise<void> | undefined,
): Promise<number> {
  return run(client, sql, ({ fail }) => ({
    handleCopyData: ({ chunk }, { stream }) => {
      // The parser may write over what it has handed out.
      const waiting = take(Buffer.from(chunk));
      if (waiting === undefined) return;

      stream.pause();
      waiting.then(() => {
        stream.resume();
      }, fail);
    },
  }));
}

/** Runs `copy … from stdin` with these rows. Answers how many were written. */
export async function copyIn(client: pg.Client, sql: string, rows: AsyncIterable<Buffer>): Promise<number> {
  return run(client, sql, ({ hasFailed }) => ({
    handleCopyInResponse: (connection) => {
      void send(connection, rows, hasFailed);
    },
  }));
}

async function send(connection: Connection, rows: AsyncIterable<Buffer>, hasFailed: () => boolean): Promise<void> {
  try {
    for await (const chunk of rows) {
      if (hasFailed()) return;
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    connection.endCopyFrom();
  } catch (error) {
    // PostgreSQL answers this with an error, and so the copy fails.
    connection.sendCopyFail((error as Error).message);
  }
}

async function run(
  client: pg.Client,
  sql: string,
  handlers: (copy: { fail: (error: Error) => void; hasFailed: () => boolean }) => Partial<RunningCopy>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let failed = false;
    const fail = (error: Error): void => {
      failed = true;
      reject(error);
    };
    const copy: RunningCopy = {
      submit: (connection) => {
        connection.query(sql);
      },
      handleError: fail,
      handleCommandComplete: ({ text }) => {
        rows = Number(text.split(' ')[1]);
      },
      handleReadyForQuery: () => {
        resolve(rows);
      },
      ...handlers({ fail, hasFailed: () => failed }),
    };
    client.query(copy as unknown as pg.Submittable);
  });
}
