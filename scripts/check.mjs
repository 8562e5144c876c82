/**
 * `npm run check`: format, lint, house rules, dead code, types. All are run; what has failed is said at the end. What was well the last time and
 * has not changed since is not looked at again, but for where CI is set: a type that changes can make a lint fault in a file that does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const TYPES = ['tsconfig.json', 'assets/scripts/tsconfig.json'].filter((file) => existsSync(path.join(ROOT, file)));
const CACHE = 'node_modules/.cache/check';
const remembering = (...args) => (process.env.CI ? [] : args);
const byContent = (name) => remembering('--cache', '--cache-strategy=content', `--cache-location=${CACHE}/${name}`);
const CHECKS = {
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level=warn', ...byContent('format'), '.'],
  lint: ['eslint/bin/eslint.js', '--max-warnings=0', ...byContent('lint'), '.'],
  'house rules': ['dependency-cruiser/bin/dependency-cruise.mjs', '--output-type=err', 'src', 'migrations'],
  'dead code': ['knip/bin/knip.js'],
  ...Object.fromEntries(TYPES.map((file) => [`types of ${file}`, typesOf(file)])),
};

const failed = [];
for (const [name, [program, ...args]] of Object.entries(CHECKS)) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', program), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)`);
  if (status !== 0) failed.push(name);
}

// For a machine that adds up.
const output = process.argv.find((argument) => argument.startsWith('--output='))?.slice('--output='.length);
if (output !== undefined)
  writeFileSync(output, JSON.stringify({ passed: Object.keys(CHECKS).length - failed.length, failed: failed.length }));
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}.`);
process.exit(failed.length === 0 ? 0 : 1);

function typesOf(file) {
  const known = `${CACHE}/types-${file.replaceAll('/', '-')}.tsbuildinfo`;
  return ['typescript/bin/tsc', '--noEmit', ...remembering('--incremental', '--tsBuildInfoFile', known), '-p', file];
}
