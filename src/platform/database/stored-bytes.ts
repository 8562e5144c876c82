import type { Transaction } from './transaction.js';

/** Of one answer the driver holds the bytes three times over, once as text; so that is little. */
const SLICE = 512 * 1024;

/** A column of bytes in one row; `where` has the row's key as $1. Both are ours, never anybody's input. */
interface Place {
  readonly table: string;
  readonly column: string;
  readonly where: string;
}

/**
 * Reads a large value piece by piece, into memory that threads can share; null if there is no such row. The column is stored external, so
 * that each piece is read alone, and what is in it never changes.
 */
export async function storedBytes(
  asked: Pick<Transaction, 'query'>,
  { table, column, where }: Place,
  key: string,
): Promise<Buffer | null> {
  const [row] = await asked.query<{ size: number }>(
    `select octet_length(${column}) as size from ${table} where ${where}`,
    [key],
  );
  if (row === undefined) return null;

  const bytes = Buffer.from(new SharedArrayBuffer(row.size));
  for (let at = 0; at < row.size; at += SLICE) {
    const [piece] = await asked.query<{ piece: Buffer }>(
      `select substring(${column} from $2 for ${SLICE}) as piece from ${table} where ${where}`,
      [key, at + 1],
    );
    if (piece === undefined) return null;
    piece.piece.copy(bytes, at);
  }
  return bytes;
}
