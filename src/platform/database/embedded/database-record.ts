import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writePrivately } from '../../config/data-folder.js';
import { CannotStart } from '../../problems/cannot-start.js';
import type { ProcessId } from './running-process.js';

/** A whole desk, a process that does a part of its work, or a command that is over soon. */
export type Use = 'desk' | 'role' | 'command';

/** What processes on one data folder tell each other about its database (`database.json`, for its owner's eyes only). */
export interface DatabaseRecord {
  /** The data directory of PostgreSQL, relative to the data folder where it lies in it. */
  readonly cluster: string;
  readonly password: string;
  /** Where it was last heard, and is again if the port is free. */
  readonly port?: number;
  /** Who stops the database; nobody, if the last one to leave does. */
  readonly owner?: ProcessId & { readonly use: Use };
}

export function readRecord(dataDir: string): DatabaseRecord | undefined {
  const file = recordFile(dataDir);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DatabaseRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CannotStart(
      `${file} cannot be read: ${(error as Error).message}. It belongs to whoever started the desk first; start it as the same user.`,
      { cause: error },
    );
  }
}

export function writeRecord(dataDir: string, record: DatabaseRecord): void {
  writePrivately(recordFile(dataDir), `${JSON.stringify(record, null, 2)}\n`);
}

function recordFile(dataDir: string): string {
  return path.join(dataDir, 'database.json');
}
