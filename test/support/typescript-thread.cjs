/**
 * Runs a TypeScript file with the transformer that Jest uses, where Jest itself cannot: in a worker thread (`workerData.entry` names
 * the file) or in a process of its own (the first argument does).
 */
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

require(workerData?.entry ?? process.argv[2]);
