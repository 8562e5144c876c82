/**
 * Builds dist/ from src/, migrations/, bench/ and assets/: JavaScript modules, one style sheet, what browsers load. It is made aside
 * and put in place by one rename, so that two starts at once do no harm. `dist/stamp` tells what it was made from.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import path from 'node:path';
import { CODE, DIST, filesIn, isResult, isTest, ROOT, stampOfDist, stampOfInputs } from './stamp.mjs';

const require = createRequire(import.meta.url);
/** The program that makes the style sheet, while it runs. */
let styling;

const began = performance.now();
endCleanly();
try {
  const built = await build();
  if (built) console.log(`Built in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
} catch (error) {
  console.error(`The build failed: ${error.message.split('Stack backtrace')[0].trim()}`);
  process.exitCode = 1;
}

/** Answers whether there was anything to do. */
async function build() {
  const stamp = stampOfInputs();
  if (stampOfDist() === stamp) return false;

  const making = `${DIST}.${process.pid}`;
  removeWhatTheDeadLeft();
  try {
    mkdirSync(path.join(making, 'public'), { recursive: true });
    await all([
      compileCode(making),
      compileStyles(making),
      compileScripts(making),
      copyAssets(making),
      drawIcons(making),
    ]);
    writeFileSync(path.join(making, 'stamp'), stamp);
    putInPlace(making, stamp);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return true;
}

async function compileCode(making) {
  const files = CODE.flatMap((folder) => filesIn(path.join(ROOT, folder)));
  await all(
    files.map(async (file) => {
      const target = path.join(making, path.relative(ROOT, file));
      if (file.endsWith('.ts')) await compile(file, target);
      else if (file.endsWith('.yaml')) toJson(file, target.replace(/\.yaml$/, '.json'));
      else if (file.endsWith('.json') && !isResult(file)) copy(file, target);
    }),
  );
}

/** Reading YAML takes half a second of every start where the file is long. */
function toJson(file, target) {
  const yaml = require('yaml');
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify(yaml.parse(readFileSync(file, 'utf8'), { merge: true })));
}

async function compileScripts(making) {
  const folder = path.join(ROOT, 'assets/scripts');
  await all(
    filesIn(folder).map(async (file) => {
      const target = path.join(making, 'public', path.relative(folder, file));
      if (file.endsWith('.ts')) await compile(file, target, { minify: true });
      else copy(file, target);
    }),
  );
}

async function compile(file, target, { minify = false } = {}) {
  if (isTest(file) || file.endsWith('.d.ts')) return;

  const swc = require('@swc/core');
  const compiled = target.replace(/\.ts$/, '.js');
  const { code, map } = await swc.transformFile(file, {
    swcrc: false,
    configFile: false,
    minify,
    sourceMaps: !minify,
    sourceFileName: path.relative(path.dirname(path.join(DIST, path.relative(ROOT, file))), file),
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      minify: minify ? { compress: true, mangle: true } : undefined,
    },
    module: { type: 'es6' },
  });
  mkdirSync(path.dirname(compiled), { recursive: true });
  if (map === undefined) {
    writeFileSync(compiled, code);
  } else {
    writeFileSync(compiled, `${code}//# sourceMappingURL=${path.basename(compiled)}.map\n`);
    writeFileSync(`${compiled}.map`, map);
  }
}

async function compileStyles(making) {
  const main = path.join(ROOT, 'assets/styles/main.css');
  if (!existsSync(main)) return;

  const cli = path.join(path.dirname(require.resolve('@tailwindcss/cli/package.json')), 'dist/index.mjs');
  await run(process.execPath, [cli, '--input', main, '--output', path.join(making, 'public/main.css'), '--minify']);
}

/** Everything in assets/ that is not compiled goes as it is; htmx and the editor come from their packages. */
async function copyAssets(making) {
  for (const entry of existsSync(path.join(ROOT, 'assets')) ? readdirSync(path.join(ROOT, 'assets')) : []) {
    if (entry === 'styles' || entry === 'scripts') continue;
    cpSync(path.join(ROOT, 'assets', entry), path.join(making, 'public', entry), { recursive: true });
  }
  copy(path.join(ROOT, 'node_modules/squire-rte/dist/squire.mjs'), path.join(making, 'public/squire.mjs'));
  copy(path.join(ROOT, 'node_modules/htmx.org/dist/htmx.min.js'), path.join(making, 'public/htmx.min.js'));
}

/**
 * One drawing that holds each of Lucide's icons whose name stands in a template or in code: pages point into it, so that a list of sixty
 * rows does not bring sixty copies. What it lacks, pages draw themselves.
 */
function drawIcons(making) {
  const folder = path.join(path.dirname(require.resolve('lucide-static/package.json')), 'icons');
  const known = new Set(readdirSync(folder).map((file) => path.basename(file, '.svg')));
  const named = new Set();
  for (const file of ['src', 'views'].flatMap((input) => filesIn(path.join(ROOT, input)))) {
    if (!/\.(hbs|ts)$/.test(file) || isTest(file)) continue;
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/["']([a-z0-9-]+)["']/g))
      if (known.has(name)) named.add(name);
  }
  const symbols = [...named].sort().map((name) => {
    const svg = readFileSync(path.join(folder, `${name}.svg`), 'utf8');
    const drawing = svg
      .slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'))
      .replace(/\s*\n\s*/g, '');
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${drawing}</symbol>`;
  });
  writeFileSync(
    path.join(making, 'public/icons.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`,
  );
}

/** Interrupted, it takes away what it has begun, and the program that makes the style sheet ends with it. */
function endCleanly() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      styling?.kill();
      rmSync(`${DIST}.${process.pid}`, { recursive: true, force: true });
      process.exit(128 + constants.signals[signal]);
    });
  }
}

/** A build that was killed could not tidy up. */
function removeWhatTheDeadLeft() {
  for (const entry of readdirSync(ROOT)) {
    const pid = /^dist(?:\.old)?\.(\d+)$/.exec(entry)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
      rmSync(path.join(ROOT, entry), { recursive: true, force: true });
    }
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Waits for all of them to end before it fails, so that nobody writes any more when the folder is removed. */
async function all(works) {
  const failed = (await Promise.allSettled(works)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** If somebody else has put the same in place meanwhile, that is as good. */
function putInPlace(making, stamp) {
  for (;;) {
    try {
      renameSync(making, DIST);
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    }
    if (stampOfDist() === stamp) return;
    moveAway(DIST);
  }
}

function moveAway(folder) {
  const aside = `${folder}.old.${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

function copy(file, target) {
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(file, target);
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    let said = '';
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    styling = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${path.basename(args[0])} failed:\n${said}`)),
    );
  });
}
