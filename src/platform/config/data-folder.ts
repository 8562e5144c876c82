import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { CannotStart } from '../problems/cannot-start.js';

/**
 * Makes the folder that DATA_DIR names where it is missing, and finds out whether it can be written in. What root makes in a folder
 * of somebody else becomes theirs, so that they can go on without root.
 */
export function prepareDataFolder(folder: string): void {
  try {
    const made = makeFolders(folder);
    if (made !== undefined) {
      for (let current = folder; current.length >= made.length; current = path.dirname(current))
        giveToOwnerOf(path.dirname(made), current);
      // Nobody else may look into it; root's PostgreSQL, which runs as another user, may only pass through.
      chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
    }
    const probe = path.join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new CannotStart(
      `The folder for data (DATA_DIR), ${folder}, cannot be written in: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/**
 * Makes what is missing of a path and answers the first folder that was. Node's own recursive way never comes back where the folder above
 * takes no folders, as in /proc, so each is made by itself.
 */
function makeFolders(folder: string): string | undefined {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;

  const above = path.dirname(folder);
  const made = above === folder ? undefined : makeFolders(above);
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    // Somebody else who starts on it at the same moment was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
  return made ?? folder;
}

/** Writes a file that only its owner can read: whole or not at all, in place of what was there. */
export function writePrivately(file: string, text: string): void {
  const making = makePrivately(file, text);
  renameSync(making, file);
}

/** The same where there is none yet; answers what is there afterwards, whoever was first. */
export function writeOncePrivately(file: string, text: string): string {
  const making = makePrivately(file, text);
  try {
    linkSync(making, file);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(making);
  }
}

function makePrivately(file: string, text: string): string {
  const making = `${file}.${process.pid}`;
  rmSync(making, { force: true });
  writeFileSync(making, text, { mode: 0o600, flag: 'wx', flush: true });
  giveToOwnerOf(path.dirname(file), making);
  return making;
}

function giveToOwnerOf(example: string, file: string): void {
  if (process.getuid?.() !== 0) return;

  const { uid, gid } = statSync(example);
  chownSync(file, uid, gid);
}
