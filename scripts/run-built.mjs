/** Runs a module of dist/, which is brought up to date first, in this very process: its signals and its exit code are ours. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ROOT, stampOfDist, stampOfInputs } from './stamp.mjs';

export async function runBuilt(module) {
  if (process.env.npm_lifecycle_event !== undefined) endWithOurParent();
  if (stampOfDist() !== stampOfInputs()) await build();
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(path.join(DIST, module)).href);
}

/** The compiler lives in a process of its own, so that the desk does not carry its memory around. Standard output is the command's. */
async function build() {
  let asked;
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], {
    stdio: ['ignore', process.stderr.fd, 'inherit'],
  });
  const end = (signal) => {
    asked = signal;
    child.kill('SIGTERM');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, end);
  const [code] = await once(child, 'exit');
  for (const signal of signals) process.off(signal, end);
  if (asked !== undefined) process.exit(128 + constants.signals[asked]);
  if (code !== 0) process.exit(code ?? 1);
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
