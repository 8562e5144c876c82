import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of the product itself, wherever this file was compiled to: the nearest above it that has a package.json. */
export const packageRoot = above(import.meta.dirname);

function above(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;

  const parent = path.dirname(folder);
  if (parent === folder) throw new Error('The folder of the product was not found: no package.json above its code.');
  return above(parent);
}
