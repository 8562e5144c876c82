/** What dist/ is made from, and how to tell whether it is what would be made now. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const DIST = path.join(ROOT, 'dist');
export const CODE = ['src', 'migrations', 'bench', 'test/chaos'];
/** Style classes are found in templates and in code, so both count for the style sheet too. */
const INPUTS = [...CODE, 'assets', 'views', 'scripts/build.mjs', 'package-lock.json'];

export function stampOfInputs() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0]);
  for (const file of INPUTS.flatMap((input) => filesIn(path.join(ROOT, input)))) {
    if (!isTest(file) && !isResult(file))
      hash.update(path.relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

export function stampOfDist() {
  const file = path.join(DIST, 'stamp');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

export function filesIn(place) {
  if (!existsSync(place)) return [];
  const entries = readdirSync(path.dirname(place), { withFileTypes: true });
  if (entries.find((entry) => entry.name === path.basename(place))?.isFile()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

export function isTest(file) {
  return /\.spec\.ts$/.test(file);
}

/** What the benchmarks have measured. */
export function isResult(file) {
  return file.startsWith(path.join(ROOT, 'bench/results') + path.sep);
}
