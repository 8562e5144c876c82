import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from './package-root.js';

/** A YAML file of the product, by its path in src/. The build leaves it as JSON beside the code, which is read in no time. */
export function productYaml(file: string): unknown {
  const built = path.join(import.meta.dirname, '../..', file.replace(/\.yaml$/, '.json'));
  if (existsSync(built)) return JSON.parse(readFileSync(built, 'utf8'));
  return parse(readFileSync(path.join(packageRoot, 'src', file), 'utf8'), { merge: true });
}
