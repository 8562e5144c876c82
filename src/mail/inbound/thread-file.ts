import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../platform/rendering/package-root.js';

/**
 * How to begin a thread with a compiled module. Where the desk runs from its TypeScript sources, as under Jest, a thread does not inherit
 * the transformer, so it begins with a file that brings it along.
 */
export function threadFile(module: URL): { file: URL | string; workerData: unknown } {
  const compiled = !import.meta.url.endsWith('.ts');
  if (compiled) return { file: module, workerData: null };
  return {
    file: path.join(packageRoot, 'test/support/typescript-thread.cjs'),
    workerData: { entry: fileURLToPath(module).replace(/\.js$/, '.ts') },
  };
}
