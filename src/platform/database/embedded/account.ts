import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** The user and group on whose behalf a program is started. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const UNPRIVILEGED = ['nobody', 'postgres', 'daemon'];

/**
 * PostgreSQL refuses to run as root. So where this process is root, it is started as the owner of the first of `folders` that does
 * not belong to root, else as an unprivileged user. Undefined: PostgreSQL runs as whoever we are.
 */
export function accountFor(folders: readonly string[]): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;

  for (const folder of folders) {
    const owner = statSync(folder, { throwIfNoEntry: false });
    if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  }
  return unprivileged();
}

function unprivileged(): Account {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of UNPRIVILEGED) {
    const [, , uid, gid] = users.find(([user]) => user === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: unsigned(uid), gid: unsigned(gid) };
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and there is none of the users ${UNPRIVILEGED.join(', ')} here to run it as. ` +
      'Start the desk as another user, or give it a DATABASE_URL.',
  );
}

/** macOS writes the ids of `nobody` as -2. */
function unsigned(id: string): number {
  return Number(id) >>> 0;
}

/** Whether `account` can reach what lies in `folder`, by the permissions of all folders on the way. */
export function canEnter(folder: string, account: Account | undefined): boolean {
  if (account === undefined) return true;

  let current = realpathSync(folder);
  for (;;) {
    if (!mayExecute(current, account)) return false;
    if (current === path.dirname(current)) return true;
    current = path.dirname(current);
  }
}

/** Whether `account` may run this file, or enter this folder. */
export function mayExecute(file: string, account: Account | undefined): boolean {
  if (account === undefined) return true;

  const { mode, uid, gid } = statSync(file);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}
