import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** A process that can be told from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  readonly startedAt: string;
}

export function thisProcess(): ProcessId {
  return { pid: process.pid, startedAt: startOf(process.pid) };
}

export function isRunning({ pid, startedAt }: ProcessId): boolean {
  return stateOf(pid) === 'running' && startOf(pid) === startedAt;
}

/** A zombie has ended, but nobody has asked for its exit code yet; its number is still taken. */
export function stateOf(pid: number): 'running' | 'zombie' | 'gone' {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'gone';
  }
  if (process.platform === 'win32') return 'running';
  const state = process.platform === 'linux' ? statOf(pid)[0] : ps(pid, 'state')[0];
  return state === 'Z' ? 'zombie' : state === undefined ? 'gone' : 'running';
}

/** Whether process `pid` is the postmaster of this data directory, and not some other that has come by its number. */
export function isPostmasterOf(pid: number, cluster: string): boolean {
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux')
    return /postgres.* -D /.test(ps(pid, 'command')) && ps(pid, 'command').includes(cluster);

  // A postmaster works in its data directory.
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster) && commandOf(pid).includes('postgres');
  } catch {
    return false;
  }
}

/**
 * Whether a server process may still work in a data directory whose postmaster is dead. They end when they notice, but one that is busy
 * notices late. Where that cannot be seen, it is taken for certain.
 */
export function hasSurvivors(cluster: string): boolean {
  if (process.platform !== 'linux') return true;

  const folder = realpathSync(cluster);
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && worksIn(name, folder));
}

function worksIn(pid: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return false;
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

function startOf(pid: number): string {
  if (process.platform === 'win32') return '';
  return process.platform === 'linux' ? (statOf(pid)[19] ?? '') : ps(pid, 'lstart');
}

/** What proc(5) tells after the name, which itself may hold anything: the state first, the time of the start as the twentieth. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function ps(pid: number, field: string): string {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}
