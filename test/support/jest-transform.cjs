/**
 * Turns TypeScript, and packages that are published as ES modules only, into the CommonJS that Jest runs without flags.
 * Packages that are CommonJS already pass through, but for what they import dynamically: Jest's sandbox cannot do that.
 */
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const swc = require('@swc/core');

const VERSION = `${swc.version}-${createHash('sha1').update(readFileSync(__filename)).digest('hex')}`;
const DYNAMIC_IMPORT = /\bimport\((['"][^'"]+['"])\)/g;
const packageTypes = new Map();

/** The `type` of the nearest package.json above a file, as Node would find it. */
function packageType(folder) {
  const known = packageTypes.get(folder);
  if (known !== undefined) return known;

  let type;
  try {
    type = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).type ?? 'commonjs';
  } catch {
    const parent = path.dirname(folder);
    type = parent === folder ? 'commonjs' : packageType(parent);
  }
  packageTypes.set(folder, type);
  return type;
}

function isModule(filename) {
  if (filename.endsWith('.mjs') || filename.endsWith('.ts')) return true;
  return filename.endsWith('.js') && packageType(path.dirname(filename)) === 'module';
}

module.exports = {
  process(source, filename) {
    if (!isModule(filename))
      return { code: source.replace(DYNAMIC_IMPORT, 'Promise.resolve().then(() => require($1))') };

    const typescript = filename.endsWith('.ts');
    return swc.transformSync(source, {
      filename,
      swcrc: false,
      configFile: false,
      sourceMaps: 'inline',
      jsc: {
        target: 'es2022',
        parser: typescript
          ? { syntax: 'typescript', decorators: true }
          : { syntax: 'ecmascript', importAttributes: true },
        transform: typescript
          ? { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false, hidden: { jest: true } }
          : { hidden: { jest: true } },
      },
      module: { type: 'commonjs', importInterop: 'swc' },
    });
  },
  getCacheKey(source, filename, { config }) {
    return createHash('sha1').update(VERSION).update(filename).update(source).update(config.rootDir).digest('hex');
  },
};
