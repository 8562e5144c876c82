import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './package-root.js';

/** Where the build puts what browsers fetch: styles, scripts, images. */
export const publicFolder = path.join(packageRoot, 'dist', 'public');

/**
 * The path under which they are served. It holds a digest of all of them together, so that whatever it names may be cached for ever,
 * and a script's own imports are of the same build as the script.
 */
export const publicPrefix = `/assets/${digestOf(publicFolder)}/`;

export function publicPath(file: string): string {
  return publicPrefix + file;
}

function digestOf(folder: string): string {
  const digest = createHash('sha256');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];
  const names = files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
  for (const name of names.toSorted()) digest.update(path.relative(folder, name)).update(readFileSync(name));
  return digest.digest('hex').slice(0, 12);
}
