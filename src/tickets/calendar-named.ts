import type { Transaction } from '../platform/database/transaction.js';
import { Problem } from '../platform/problems/problem.js';

/** The id of the calendar of this name, null for none; a name that nobody bears is a problem with the field. */
export async function calendarNamed(tx: Transaction, name: string | undefined): Promise<string | null> {
  if (name === undefined) return null;

  const [row] = await tx.query<{ id: string }>(`select id from calendar where name = $1`, [name]);
  if (!row) {
    throw Problem.invalid(`There is no calendar named ${name}.`, [{ field: 'calendar', detail: 'is not known here' }]);
  }
  return row.id;
}
