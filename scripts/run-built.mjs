/** Runs a module of dist/, which is brought up to date first, in this very process: its signals and its exit code are ours. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ROOT, stampOfDist, stampOfInputs } from './stamp.mjs';

export async function runBuilt(module) {
  if (stampOfDist() !== stampOfInputs()) build();
  process.setSourceMapsEnabled(true);
  if (process.env.npm_lifecycle_event !== undefined) endWithOurParent();
  await import(pathToFileURL(path.join(DIST, module)).href);
}

/** The compiler lives in a process of its own, so that the desk does not carry its memory around. Standard output is the command's. */
function build() {
  const built = spawnSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], {
    stdio: ['ignore', process.stderr.fd, 'inherit'],
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

/** A signal to npm reaches npm and its shell, but not always us. When they are gone, nobody wants us any more. */
function endWithOurParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}
