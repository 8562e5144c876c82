/**
 * `npm test`: everything that needs nothing but the checkout, and the browser tests where there is a Chromium. `npm run test:browser`
 * and `npm run test:redis` run those alone, `npm run test:dovecot` the one against a real IMAP server. Further arguments go to Jest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const CHROMIUMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const [first, ...others] = process.argv.slice(2);
const alone = ['browser', 'redis', 'dovecot'].includes(first) ? first : undefined;
const args = alone === undefined ? process.argv.slice(2) : others;

const chromium = process.env.TEST_CHROMIUM || CHROMIUMS.find((file) => existsSync(file));
if (chromium === undefined && alone === 'browser') {
  console.error('The browser tests need a Chromium (Debian: apt-get install chromium), or its path in TEST_CHROMIUM.');
  process.exit(1);
}
if (chromium === undefined && alone === undefined) {
  console.log('No Chromium is here, so the browser tests are left out. (Debian: apt-get install chromium)');
}
const projects = alone === undefined ? ['pure', 'desk', ...(chromium === undefined ? [] : ['browser'])] : [alone];

// Some tests start the desk as a process, and browsers want its style sheet.
const built = spawnSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(1);

// BullMQ leaves timers behind where its Redis dies while it closes, as one of those tests has it.
const end = alone === 'redis' ? ['--forceExit'] : [];

const jest = spawnSync(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/jest/bin/jest.js'),
    ...args,
    ...end,
    '--testTimeout=180000',
    // A house that has been opened leaves much behind in Jest's module registry; a worker that has grown is replaced.
    '--maxWorkers=2',
    '--workerIdleMemoryLimit=1GB',
    '--selectProjects',
    ...projects,
  ],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...(chromium && { TEST_CHROMIUM: chromium }) } },
);
process.exit(jest.status ?? 1);
