import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '../../problems/cannot-start.js';
import { isRunning, thisProcess, type ProcessId } from './running-process.js';

/** Longer than the slowest first start. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Does `work` while no other process that uses this data folder starts, adopts or stops its database. */
export async function alone<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const lock = path.join(dataDir, 'database.lock');
  await take(lock);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(thisProcess()), { mode: 0o600 });
  try {
    const until = performance.now() + PATIENCE_MS;
    while (!linked(mine, lock)) {
      const holder = read(lock);
      if (holder !== undefined && !isRunning(holder.process)) removeDead(lock, holder.text);
      else if (performance.now() > until) {
        throw new CannotStart(
          `Process ${holder?.process.pid ?? ''} has been starting or stopping the database for a minute (${lock}).`,
        );
      } else await sleep(LOOK_EVERY_MS);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A link is made whole or not at all, and by one process only. */
function linked(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(lock: string): { text: string; process: ProcessId } | undefined {
  try {
    const text = readFileSync(lock, 'utf8');
    return { text, process: JSON.parse(text) as ProcessId };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes the lock of a process that is gone; if another has taken it at this very moment, it is put back. */
function removeDead(lock: string, text: string): void {
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== text) linked(aside, lock);
  rmSync(aside, { force: true });
}
