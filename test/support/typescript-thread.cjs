/** Starts a worker thread from a TypeScript file, with the transformer that Jest uses: `workerData.entry` names it. */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { workerData } = require('node:worker_threads');
const transformer = require('./jest-transform.cjs');

const compile = (module, filename) => {
  module._compile(transformer.process(readFileSync(filename, 'utf8'), filename).code, filename);
};
Module._extensions['.ts'] = compile;

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const fromSource = request.startsWith('.') && request.endsWith('.js') && parent?.filename?.endsWith('.ts');
  return resolve.call(this, fromSource ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
};

require(workerData.entry);
